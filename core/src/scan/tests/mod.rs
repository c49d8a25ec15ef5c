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
fn social_security_numbers() {
    has(
        Kind::Ssn,
        &[
            "123-45-6789",
            "My SSN is 123-45-6789.",
            "ssn: 123456789",
            "SSN 078 05 1120",
            "social security number (9 digits): 078051120",
            "His social security # is 078.05.1120",
            "{\"ssn\": 123456789}",
            "{\"socialSecurityNumber\":\"123456789\"}",
            "<ssn>123456789</ssn>",
            "<SSN type=\"us\">078051120</SSN>",
            "078051120 is my SSN",
            "The number 078-05-1120 (SSN) was used",
            "patient_ssn=078051120",
            "S.S.N.: 078051120",
            "SSN#078051120",
            "SSN for the patient John Smith is 078051120",
            "What is your SSN?\n078051120",
            "social security no. 078/05/1120",
            "ssn:\n  - 078051120",
            "1 2 3 - 4 5 - 6 7 8 9",
            "ssn 1 2 3 4 5 6 7 8 9",
            "１２３－４５－６７８９",
            "123\u{200b}-45-\u{200b}6789",
            "%31%32%33-45-6789",
            "&#49;23-45-6789",
            "MTIzLTQ1LTY3ODk=",
            "ssn,name\n078051120,x",
            "| Name | SSN |\n|---|---|\n| x | 078051120 |",
            "last SSN on file 078051120",
            "SSN ending? no, whole: 078051120",
            "PID|1||1||||||||||||||||078051120",
            "REF*SY*078051120~",
        ],
    );
    clean(&[
        "123456789",
        "What is an SSN?",
        "The regex is \\d{3}-\\d{2}-\\d{4}",
        "SSN: XXX-XX-XXXX",
        "SSN: [REDACTED]",
        "123-456-789",
        "000-12-3456",
        "order 123456789",
    ]);
}

#[test]
fn taxpayers() {
    has(
        Kind::Itin,
        &["912-70-1234", "ITIN 912701234", "itin: 9 1 2 7 0 1 2 3 4"],
    );
    has(
        Kind::Ein,
        &[
            "EIN 12-3456789",
            "Employer Identification Number: 123456789",
            "our tax id is 12-3456789",
            "12-3456789 is our EIN",
        ],
    );
    clean(&["12-3456789", "part 12-3456789"]);
}

#[test]
fn passports_and_licences() {
    has(
        Kind::Passport,
        &[
            "Passport number: A12345678",
            "passport no. 123456789",
            "my passport is C01234567",
            "passportNumber: \"X1234567\"",
        ],
    );
    has(
        Kind::DriverLicense,
        &[
            "driver's license D1234567",
            "Driver License #: S123-4567-8901",
            "DL: B1234567",
            "driver's license number is 123456789",
            "driving licence MORGA657054SM9IJ",
            "license no. F255-921-50-094-0",
        ],
    );
    clean(&[
        "I lost my passport in 2019",
        "passport control opens at 6",
        "the MIT License 2024",
        "license: Apache-2.0",
        "driver version 535.104",
    ]);
}

#[test]
fn mail_and_phones() {
    has(
        Kind::Email,
        &[
            "write to jane.doe@example.com please",
            "jane (at) example (dot) com",
            "jane [at] example [dot] org",
            "jane at example dot com",
            "email: jane at example.com",
            "jane＠example．com",
            "jane%40example.com",
        ],
    );
    has(
        Kind::Phone,
        &[
            "(415) 555-0123",
            "call 415-555-0123",
            "+1 415 555 0123",
            "+44 20 7946 0958",
            "phone: 4155550123",
            "tel. 020 7946 0958",
            "my number is 555-0100",
            "Fax number 415.555.0123",
            "mobile: 07700 900123",
            "415-555-0123 is my cell",
            "reach me at 4155550123",
            "+14155550123",
            "phone_number=4155550123",
            "\"phone\": 4155550123",
            "123-456-7890",
        ],
    );
    clean(&[
        "4155550123",
        "order 415-555-0123",
        "ticket 4155550123",
        "git@github.com:rust-lang/rust.git",
        "call 911",
        "call 1-800-273-8255",
        "@app.route('/x')",
        "npm install @types/node@20.1.0",
        "look at example.com",
        "dial up the heat to 350",
        "phone interview at 10:30 on 2024-05-06",
    ]);
}

#[test]
fn cards() {
    has(
        Kind::PaymentCard,
        &[
            "4111 1111 1111 1111",
            "4111111111111111",
            "order 4111-1111-1111-1111",
            "5555.5555.5555.4444",
            "3782 822463 10005",
            "card: 4 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1",
            "\"cc\": 4111111111111111",
            "6011 1111 1111 1117",
            "30569309025904",
        ],
    );
    has(
        Kind::CardSecurityCode,
        &[
            "CVV 123",
            "cvv: 1234",
            "security code is 987",
            "\"cvc\":\"123\"",
            "CVC2=123",
        ],
    );
    clean(&[
        "4111 1111 1111 1112",
        "card number 1234 5678 9012 3456",
        "1700000000000",
        "id 550e8400-e29b-41d4-a716-446655440000",
        "0.4111111111111111",
        "your security code is 123456",
        "20240115103045",
    ]);
}

#[test]
fn accounts() {
    has(
        Kind::Iban,
        &[
            "GB29 NWBK 6016 1331 9268 19",
            "IBAN: DE89370400440532013001",
            "DE89370400440532013000",
        ],
    );
    has(
        Kind::BankAccount,
        &[
            "account number: 12345678",
            "acct #12345678",
            "my bank account is 123456789012",
            "accountNumber: \"000123456789\"",
            "Account: 123456789",
            "sort code 12-34-56",
            "12345678 is my account number",
            "checking account 1234567890",
        ],
    );
    has(
        Kind::RoutingNumber,
        &[
            "routing number 021000021",
            "ABA: 021000021",
            "routing #: 123456789",
        ],
    );
    has(
        Kind::CryptoWallet,
        &[
            "1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa",
            "0x742d35Cc6634C0532925a3b844Bc454e4438f44e",
            "bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4",
        ],
    );
    clean(&[
        "AWS account 123456789012",
        "my account was closed in 2019",
        "account for 50000 users",
        "12345678",
        "routing 10 packets",
    ]);
}

#[test]
fn health_identifiers() {
    has(
        Kind::Mrn,
        &[
            "MRN 1234567",
            "MRN: A-123456",
            "medical record number is 00123456",
            "patient ID: 483920",
            "\"mrn\": 1234567",
            "Patient #: 12345",
            "chart number 48213",
            "MRN#48213",
        ],
    );
    has(
        Kind::HealthPlanId,
        &[
            "Member ID: XYZ123456789",
            "policy number ABC-1234567",
            "Medicaid ID 12345678A",
            "subscriber id W123456789",
            "health plan beneficiary number 123456789",
        ],
    );
    has(
        Kind::MedicareMbi,
        &[
            "1EG4-TE5-MK73",
            "MBI 1EG4TE5MK73",
            "Medicare number: 1EG4-TE5-MK72",
        ],
    );
    has(
        Kind::Npi,
        &[
            "NPI 1234567893",
            "npi: 1234567890",
            "\"npi\":\"1234567893\"",
        ],
    );
    has(
        Kind::DeaNumber,
        &["DEA number AB1234563", "DEA# BC9876543", "dea: FA1234567"],
    );
    has(
        Kind::HealthAdminId,
        &[
            "claim number 123456789",
            "prior authorization #A1234567",
            "Encounter ID: 99887766",
            "accession number S24-12345",
            "Rx number: 7654321",
        ],
    );
    clean(&[
        "patient id column is an int",
        "NPI lookup is free",
        "the claim that 5000 people",
        "policy 2024",
        "chart of 2024 sales",
        "member since 2019",
        "rank 1234",
    ]);
}

#[test]
fn days_and_ages() {
    has(
        Kind::DateOfBirth,
        &[
            "DOB: 03/04/1980",
            "born on March 4, 1980",
            "date of birth 1980-03-04",
            "my birthday is March 5th",
            "03/04/1980 is my date of birth",
            "\"dateOfBirth\":\"1980-03-04\"",
            "DOB 19800304",
            "birthdate=1980-03-04",
            "D.O.B. 4 Mar 1980",
            "What is your date of birth?\n4/3/80",
            "dob\n03/04/1980",
        ],
    );
    has(
        Kind::CareDate,
        &[
            "Date of admission: 03/04/2024",
            "discharged on March 4, 2024",
            "DOS: 2024-03-04",
            "date of death 1/2/2023",
        ],
    );
    has(
        Kind::AgeOver89,
        &[
            "a 92-year-old man",
            "she is 101 years old",
            "Age: 94",
            "94 yo female",
            "patient aged 93",
            "93 y/o with pain",
        ],
    );
    clean(&[
        "Today is 2024-03-04",
        "born in 1980",
        "meeting on March 4, 2024",
        "a 100-year-old house",
        "age 90 and over",
        "ages 90+",
        "a 45-year-old man",
        "age: 45",
        "Bach was born on March 31, 1685",
    ]);
}

#[test]
fn people() {
    has(
        Kind::PersonName,
        &[
            "Patient name: Jane Doe",
            "patient John Smith was seen",
            "Name: John Smith",
            "\"firstName\": \"Oluwadamilare\"",
            "My name is Jane Doe",
            "Mr. John Smith called",
            "Dr. Nakamura prescribed metoprolol",
            "Last name: O'Brien",
            "Patient: DOE, JANE",
            "Plaintiff Jane Doe alleges",
            "patient_name: john smith",
            "<patientName>Jane Doe</patientName>",
            "Full Name | Age\n--- | ---\nJane Doe | 4",
            "Emergency contact: Maria Lopez",
            "PID|1||1||DOE^JANE",
            "NM1*IL*1*DOE*JANE~",
        ],
    );
    clean(&[
        "name: my-package",
        "first_name VARCHAR(50) NOT NULL",
        "Mr. Darcy is proud",
        "the patient was stable",
        "client = HttpClient()",
        "\"name\": \"get_weather\"",
        "fullName: String",
        "Name: Required Field",
        "patient education",
        "Dr. Seuss books",
        "def full_name(self): return self.first_name",
    ]);
}

#[test]
fn places() {
    has(
        Kind::StreetAddress,
        &[
            "1600 Pennsylvania Avenue NW",
            "I live at 123 main st",
            "address: 12 Rue de Rivoli",
            "P.O. Box 1234",
            "zip code 62704",
            "Springfield, IL 62704",
            "ZIP: 12345-6789",
            "postcode SW1A 1AA",
            "\"street\": \"742 Evergreen Terrace\"",
            "lives at 55 Oak Ridge Drive",
        ],
    );
    clean(&[
        "10 Wall Street Banks",
        "the address 0x7ffe1234",
        "a zip file of 12345 bytes",
        "5 ways to drive",
        "address space of 64 bits",
    ]);
}

#[test]
fn vehicles_and_devices() {
    has(
        Kind::Vin,
        &[
            "1M8GDM9AXKP042788",
            "VIN: 1HGCM82633A123456",
            "vin 1hgcm82633a004352",
        ],
    );
    has(
        Kind::LicensePlate,
        &[
            "license plate ABC-1234",
            "plate number: 7XYZ123",
            "License Plate: 8ABC123",
        ],
    );
    has(
        Kind::DeviceId,
        &[
            "serial number SN-12345678",
            "IMEI 490154203237518",
            "device id: A1B2C3D4E5",
            "pacemaker serial number PJN123456H",
        ],
    );
    has(
        Kind::MacAddress,
        &[
            "00:1A:2B:3C:4D:5E",
            "MAC address 00-1a-2b-3c-4d-5e",
            "mac 001a.2b3c.4d5e",
        ],
    );
    has(
        Kind::IpAddress,
        &[
            "IP address: 203.0.113.7",
            "client ip 198.51.100.23",
            "ip=203.0.113.9",
            "IPv6 2001:db8::8a2e:370:7334",
            "my IP address is 192.168.1.10",
        ],
    );
    clean(&[
        "version 1.2.3.4",
        "server at 10.0.0.1:8080",
        "127.0.0.1",
        "ip: 127.0.0.1",
        "at 12:34:56:78",
        "license plate readers",
        "bind 0.0.0.0",
    ]);
}

#[test]
fn other_countries() {
    has(Kind::UkNhs, &["NHS number 943 476 5919", "nhs: 9434765919"]);
    has(
        Kind::UkNino,
        &["AB123456C", "NI number: QQ 12 34 56 C", "AB 12 34 56 C"],
    );
    has(
        Kind::NationalId,
        &[
            "529.982.247-25",
            "SIN: 046 454 286",
            "Aadhaar 2345 6789 0123",
            "DNI 12345678Z",
            "TFN 123 456 782",
            "RSSMRA85T10A562S",
            "PAN number ABCPD1234E",
        ],
    );
    clean(&["a sin of 3 people", "nhs waiting lists of 2023"]);
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

mod properties;
