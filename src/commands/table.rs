//! Tables for people, which fit their terminal.

use std::io::{self, Write};

use comfy_table::{ContentArrangement, LineStyle, Table as Drawing, presets};

use super::output::{self, Palette};

/// Columns and rows.
pub(super) struct Table<'t> {
    pub(super) header: Vec<&'t str>,
    pub(super) rows: Vec<Vec<String>>,
    /// Columns that tell rows apart: a narrow terminal can do without them if all rows have the same value.
    pub(super) naming: &'t [&'t str],
    /// Columns that a narrow terminal can do without in any case, the least important first.
    pub(super) optional: &'t [&'t str],
    /// The option that prints all columns in any case.
    pub(super) complete: &'t str,
}

/// Which columns there is space for, by their indices.
#[derive(Debug, Default, PartialEq, Eq)]
struct Fit {
    shown: Vec<usize>,
    /// Left out, because all rows have the same value.
    same: Vec<usize>,
    /// Left out, though their values differ.
    hidden: Vec<usize>,
}

impl Table<'_> {
    /// Writes the table as wide as the terminal; whole, if there is none.
    pub(super) fn write(&self, out: &mut dyn Write) -> io::Result<()> {
        self.write_within(output::width(), Palette::of_stdout(), out)
    }

    fn write_within(&self, width: Option<usize>, palette: Palette, out: &mut dyn Write) -> io::Result<()> {
        let Fit { shown, same, hidden } = self.fit(width.unwrap_or(usize::MAX));
        let mut drawing = Drawing::new();
        // Without lines between rows, since there may be many.
        drawing.load_style(presets::UTF8_HORIZONTAL_ONLY.row_separator(LineStyle::none()));
        drawing.set_header(shown.iter().map(|column| self.header[*column]));
        for row in &self.rows {
            drawing.add_row(shown.iter().map(|column| &row[*column]));
        }
        if let Some(width) = width
            && self.width(&shown) > width
        {
            drawing.set_content_arrangement(ContentArrangement::Dynamic);
            drawing.set_width(u16::try_from(width).unwrap_or(u16::MAX));
        }
        writeln!(out, "{drawing}")?;
        let Palette { soft, .. } = palette;
        let values = same.iter().filter_map(|column| Some((column, self.rows.first()?.get(*column)?)));
        let values: Vec<String> = values
            .filter(|(_, value)| !value.is_empty())
            .map(|(column, value)| format!("{} {value}", self.header[*column]))
            .collect();
        if !values.is_empty() {
            writeln!(out, "{soft}in all rows: {}{soft:#}", values.join(", "))?;
        }
        let names: Vec<&str> = hidden.iter().map(|column| self.header[*column]).collect();
        if !names.is_empty() {
            writeln!(out, "{soft}no space for: {} (see {}){soft:#}", names.join(", "), self.complete)?;
        }
        Ok(())
    }

    /// Leaves columns out until the others fit, or no other is optional: first those that say nothing about which row to
    /// choose, then the least important.
    fn fit(&self, width: usize) -> Fit {
        let mut fit = Fit { shown: (0..self.header.len()).collect(), ..Fit::default() };
        let is_same = |column: &usize| {
            self.rows.len() > 1 && self.rows.windows(2).all(|pair| pair[0][*column] == pair[1][*column])
        };
        let column = |name: &&str| self.header.iter().position(|it| it == name);
        let naming = self.naming.iter().filter_map(column).filter(is_same);
        let (same, differ): (Vec<usize>, Vec<usize>) =
            self.optional.iter().filter_map(column).partition(is_same);
        let same = naming.chain(same).map(|column| (column, true));
        for (column, is_same) in same.chain(differ.into_iter().map(|column| (column, false))) {
            if self.width(&fit.shown) <= width {
                break;
            }
            fit.shown.retain(|shown| *shown != column);
            if is_same { &mut fit.same } else { &mut fit.hidden }.push(column);
        }
        fit.same.sort_unstable();
        fit.hidden.sort_unstable();
        fit
    }

    /// The width with some of the columns, which have a space on both sides and one between them.
    fn width(&self, columns: &[usize]) -> usize {
        let widest = |column: &usize| {
            let cells = self.rows.iter().map(|row| row[*column].as_str());
            let widths = cells.chain([self.header[*column]]).map(|text| text.chars().count());
            widths.max().unwrap_or_default()
        };
        columns.iter().map(|column| widest(column) + 3).sum::<usize>().saturating_sub(1)
    }
}

#[cfg(test)]
mod tests;
