//! Cards and accounts.

use super::*;

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
