//! Vehicles and devices.

use super::*;

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
