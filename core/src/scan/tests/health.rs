//! Identifiers of care, days and ages.

use super::*;

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
