//! SMS PDUs: published vectors both ways, damaged ones, any bytes, and round trips.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test says why it fails by panicking")]

mod fields;
mod parts;
mod vectors;

use std::time::{Duration, Instant};

use at_codec::gsm::{
    Address, Alphabet, Coding, Composer, Content, Deliver, Header, Joined, Part, Parts, Pdu, PduError,
    StatusReport, Submit, Taken, Timestamp, Validity, from_hex, pack, to_hex, unpack,
};
use proptest::prelude::*;

fn deliver(hex: &str) -> Deliver {
    match Pdu::decode_hex(hex) {
        Ok(Pdu::Deliver(sms)) => sms,
        other => panic!("{hex}: {other:?}"),
    }
}

fn submit(hex: &str) -> Submit {
    match Pdu::decode_hex(hex) {
        Ok(Pdu::Submit(sms)) => sms,
        other => panic!("{hex}: {other:?}"),
    }
}

fn report(hex: &str) -> StatusReport {
    match Pdu::decode_hex(hex) {
        Ok(Pdu::StatusReport(report)) => report,
        other => panic!("{hex}: {other:?}"),
    }
}

/// What is read can be written, and reads the same again: a stranger's bytes never make a value that cannot exist.
#[test]
fn any_bytes_give_a_value_or_an_error() {
    bolero::check!().with_iterations(20_000).for_each(|bytes: &[u8]| {
        if let Ok(pdu) = Pdu::decode(bytes)
            && let Ok(again) = pdu.encode()
        {
            let _ = Pdu::decode(&again.octets).expect("what is written can be read");
        }
    });
}
