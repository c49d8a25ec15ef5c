use super::*;
use crate::profile::Profile;

fn all() -> Profiles {
    Profiles::default().with(Profile::Healthcare)
}

fn names(text: &str) -> String {
    super::text(text, all()).names().join(" ")
}

/// Each text has this kind, perhaps among others.
fn has(kind: Kind, texts: &[&str]) {
    let missed: Vec<_> = texts
        .iter()
        .filter(|text| !super::text(text, all()).contains(kind))
        .collect();
    assert!(missed.is_empty(), "{}: {missed:#?}", kind.as_str());
}

/// None of the texts has anything.
fn clean(texts: &[&str]) {
    let found: Vec<_> = texts
        .iter()
        .map(|text| (text, names(text)))
        .filter(|(_, names)| !names.is_empty())
        .collect();
    assert!(found.is_empty(), "{found:#?}");
}

#[test]
fn ordinary_texts_pass() {
    clean(&[
        "What's the capital of France?",
        "Write a Python function that sorts a list of 1000000 integers.",
        "fn main() { let x = 0xdeadbeef; println!(\"{}\", x); }",
        "2024-01-15T10:30:45.123Z INFO [main] request_id=550e8400-e29b-41d4-a716-446655440000 status=200 bytes=12345 time=0.123",
        "192.168.1.1 - - [10/Oct/2000:13:55:36 -0700] \"GET /apache_pb.gif HTTP/1.0\" 200 2326",
        "sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
        "commit a94a8fe5ccb19ba61c4c0873d391e987982fbbd3",
        "Invoice 20240115-0042 total $1,234.56 due in 30 days",
        "What are the symptoms of type 2 diabetes in patients aged 40 to 60?",
        "Explain HIPAA's 18 identifiers, such as SSN, MRN and date of birth.",
        "How do I compute a Luhn checksum for a 16-digit card number?",
        "SELECT first_name, last_name, dob, ssn FROM patients WHERE id = 42;",
        "CREATE TABLE users (id INT, email VARCHAR(255), phone VARCHAR(20), ssn CHAR(11));",
        "The APR is 19.99% and the balance is $12,345,678.90.",
        "tracking 1Z999AA10123456784",
        "ISBN 978-3-16-148410-0",
        "doi:10.1000/182 and arXiv:2101.00001",
        "Node v18.17.0, npm 9.6.7, kernel 5.15.0-1042-aws",
        "{\"type\":\"object\",\"properties\":{\"ssn\":{\"type\":\"string\",\"pattern\":\"^[0-9]{9}$\"},\"email\":{\"type\":\"string\"}}}",
        "phone: string; email: string; address: string;",
        "#include <stdio.h>\nint main(void) { return 0; }",
        "My card was declined, what should I do?",
        "Metformin 500 mg twice daily, A1c 7.2, BP 130/80, HR 72",
        "pi is 3.14159265358979323846",
        "The meeting is at 10:30 on March 4, 2024 in room 1234",
        "Call me Ishmael.",
        "1, 2, 3, 4, 5, 6, 7, 8, 9, 10",
        "x = [100, 200, 300]; y = 123 + 45 - 6789",
        "The population was 331449281 in 2020.",
        "I was born in Texas and lived there for 20 years.",
    ]);
}

#[test]
fn columns_of_tables_are_labels() {
    for (kind, text) in [
        (
            Kind::PersonName,
            "INSERT INTO staff (first_name, last_name) VALUES ('Hiroshi', 'Sandoval');",
        ),
        (
            Kind::BankAccount,
            "insert into p (id, account_number) values (1, 'x'), (2, '91234567');",
        ),
        (
            Kind::Ssn,
            "INSERT INTO e (id, ssn)\nVALUES (1, '078051120')",
        ),
        (Kind::Mrn, "id,mrn,ward\n1,00482913,4W"),
    ] {
        has(kind, &[text]);
    }
    clean(&[
        "INSERT INTO t (id, name) VALUES (4, 'kettle');",
        "f(a, b) values (1, 2)",
    ]);
}

mod documents;
mod health;
mod money;
mod people;
mod properties;
mod things;
