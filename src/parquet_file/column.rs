//! Columns of a file, and their values.

use parquet::basic::{LogicalType, Repetition, TimeUnit, Type as PhysicalType};
use parquet::errors::Result;
use parquet::schema::types::Type;

/// A column.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Column {
    pub(super) name: &'static str,
    pub(super) kind: Kind,
    /// Whether a row may have none.
    pub(super) is_optional: bool,
    /// How long texts may be in warehouses that have limits.
    pub(super) max_bytes: u16,
    /// Whether values come again often, so that a dictionary makes the file smaller.
    pub(super) repeats: bool,
}

/// Kinds of values.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// UTF-8.
    Text,
    /// Microseconds since 1970, UTC.
    Timestamp,
    /// 64 bits.
    Integer,
    /// An exact decimal of 18 digits at most: so many in all, and after the point.
    Decimal { precision: u8, scale: u8 },
    /// Days since 1970.
    Date,
    /// True or false.
    Boolean,
}

/// A value of a row.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Value<'a> {
    Text(&'a str),
    Timestamp(i64),
    Integer(i64),
    /// In units of the last digit.
    Decimal(i64),
    Date(i32),
    Boolean(bool),
}

impl Column {
    pub(crate) const fn new(name: &'static str, kind: Kind) -> Self {
        Self { name, kind, is_optional: false, max_bytes: 255, repeats: false }
    }

    pub(crate) const fn optional(self) -> Self {
        Self { is_optional: true, ..self }
    }

    pub(crate) const fn up_to(self, max_bytes: u16) -> Self {
        Self { max_bytes, ..self }
    }

    pub(crate) const fn repeating(self) -> Self {
        Self { repeats: true, ..self }
    }

    pub(crate) fn name(&self) -> &'static str {
        self.name
    }

    pub(crate) fn kind(&self) -> Kind {
        self.kind
    }

    pub(crate) fn max_bytes(&self) -> u16 {
        self.max_bytes
    }

    pub(crate) fn is_optional(&self) -> bool {
        self.is_optional
    }

    /// What the file says of the column, which may have an id.
    pub(super) fn schema(&self, id: Option<i32>) -> Result<Type> {
        let (physical, logical) = match self.kind {
            Kind::Text => (PhysicalType::BYTE_ARRAY, Some(LogicalType::String)),
            Kind::Timestamp => (PhysicalType::INT64, Some(LogicalType::timestamp(true, TimeUnit::MICROS))),
            Kind::Integer => (PhysicalType::INT64, None),
            Kind::Decimal { precision, scale } => {
                let logical = LogicalType::decimal(scale.into(), precision.into());
                (PhysicalType::INT64, Some(logical))
            }
            Kind::Date => (PhysicalType::INT32, Some(LogicalType::Date)),
            Kind::Boolean => (PhysicalType::BOOLEAN, None),
        };
        let repetition = if self.is_optional { Repetition::OPTIONAL } else { Repetition::REQUIRED };
        let (precision, scale) = match self.kind {
            Kind::Decimal { precision, scale } => (precision.into(), scale.into()),
            _ => (-1, -1),
        };
        Type::primitive_type_builder(self.name, physical)
            .with_logical_type(logical)
            .with_precision(precision)
            .with_scale(scale)
            .with_repetition(repetition)
            .with_id(id)
            .build()
    }
}
