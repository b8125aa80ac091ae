//! Names of banks, which may be anything.

use super::{Bank, Model, files_of};
use crate::support::{Database, Folder, Landfall};

#[test]
fn no_two_banks_share_a_file_and_none_leaves_the_directory() {
    let (ledger, out) = (Database::new(), Folder::new());
    let mut model = Model::with_banks(9, "2024-01-01".parse().unwrap(), 1);
    let names =
        ["O'Neill & Sons", "Banco São João", "../x", "", "Bank", "BANK", "Bank", "x/../y", "a,\"b\"\r\nX"];
    model.banks = (1..).zip(names.map(str::to_owned)).collect();
    let bank = Bank::new(&model);
    let inside = out.path().join("inside");
    let report = bank.report(&ledger, &inside, &["--month", "2024-01"]);
    assert_eq!(report["months"][0]["files"][1]["part"], "2");
    let found: Vec<String> =
        files_of(out.path()).into_keys().map(|name| name.replace("year=2024/month=01/", "")).collect();
    assert_eq!(
        found,
        [
            "BANK-6",
            "Banco_Sao_Joao-2",
            "Bank-4",
            "Bank-5",
            "Bank-7",
            "O_Neill_Sons-1",
            "a_b_X-9",
            "x-3",
            "x_y-8"
        ]
        .map(|name| format!("inside/BankName={name}/{name}_20240131.csv"))
    );
    // Another reader finds the names as they are.
    let read = Database::blank();
    read.execute("CREATE TABLE files (month text, bank_id int, bank text, branch_id int, loans int, amount_sum int, average numeric)");
    for name in files_of(&inside).into_keys() {
        let copy = format!(
            "\\copy files FROM '{}' (FORMAT csv, HEADER, ENCODING 'UTF8', FORCE_NOT_NULL (bank))",
            inside.join(name).display()
        );
        Landfall::on(&read, &["psql", "--", "-q", "-c", &copy]).run().expect(0);
    }
    let bank_names = read.table("SELECT ascii(bank), bank, average FROM files ORDER BY bank_id");
    let expected = (1..).zip(names).map(|(id, name)| {
        format!("{} | {name} | {}.0000\n", name.chars().next().map_or(0, u32::from), id * 100)
    });
    assert_eq!(bank_names, expected.collect::<String>());
    // One more bank, with a name that is there: the other files stay as they are, and so do their names.
    let before = files_of(&inside);
    bank.execute("INSERT INTO \"Bank\" VALUES (0, 'Bank', 1)");
    bank.report(&ledger, &inside, &["--month", "2024-01"]);
    let mut after = files_of(&inside);
    assert!(after.remove("BankName=Bank-0/year=2024/month=01/Bank-0_20240131.csv").is_some());
    assert_eq!(after, before);
}

#[test]
fn a_bank_without_a_name_and_ids_that_are_texts() {
    let (ledger, out) = (Database::new(), Folder::new());
    let bank = Bank::new(&Model::with_banks(3, "2024-01-01".parse().unwrap(), 1));
    bank.execute(
        "ALTER TABLE \"Branch\" DROP CONSTRAINT \"Branch_Bank_idBank_fkey\";
         ALTER TABLE \"Bank\" ALTER \"idBank\" TYPE text; ALTER TABLE \"Branch\" ALTER \"Bank_idBank\" TYPE text;
         UPDATE \"Bank\" SET \"Name\" = NULL, \"idBank\" = translate(\"idBank\", '123', 'aAÄ');
         UPDATE \"Branch\" SET \"Bank_idBank\" = translate(\"Bank_idBank\", '123', 'aAÄ')",
    );
    bank.report(&ledger, out.path(), &["--month", "2024-01"]);
    let files: String = files_of(out.path()).into_iter().map(|(name, text)| name + "\n" + &text).collect();
    insta::assert_snapshot!(files, @r"
    BankName=Bank-_41/year=2024/month=01/Bank-_41_20240131.csv
    month,bank_id,bank,branch_id,loans,amount_sum,average
    2024-01,A,,2,1,200,200.0000
    BankName=Bank-_c3_84/year=2024/month=01/Bank-_c3_84_20240131.csv
    month,bank_id,bank,branch_id,loans,amount_sum,average
    2024-01,Ä,,3,1,300,300.0000
    BankName=Bank-a/year=2024/month=01/Bank-a_20240131.csv
    month,bank_id,bank,branch_id,loans,amount_sum,average
    2024-01,a,,1,1,100,100.0000
    ");
}
