//! Numbers of people and companies, and their documents.

use super::*;

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
