//! Names, places, and how people are reached.

use super::*;

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
