/**
 * The encoders: which one writes the entries that decode() or decodeMore() gave out. The host calls startEncoder() once,
 * and for each list of entries beginEncoding(), and encode() until it returns 0; at the end of the trace endEncoding().
 *
 * To add an encoder: its file, its ENCODER_, its lines in the functions here.
 */
import { entriesAddress, entriesBytes } from "../decoders/index";
import { champsimTo, encodeChampsim, endChampsim, resetChampsim } from "./champsim";
import { encodeLackey, lackeyTo, resetLackeyText } from "./lackey";
import { resetLosses } from "./losses";
import { OUTPUT } from "./output";
import { encodeRequests, requestsTo, resetRequests } from "./requests";

export const ENCODER_LACKEY: u32 = 0;
export const ENCODER_CHAMPSIM: u32 = 1;
export const ENCODER_REQUESTS: u32 = 2;

/** An ENCODER_. */
let encoder: u32 = ENCODER_LACKEY;
/** The entries that were given out, and the first of them that is still to be encoded. */
let from: usize = 0;
let at: usize = 0;
let end: usize = 0;

/** Where encode() leaves what it has written. */
export function outputAddress(): usize {
  return OUTPUT;
}

/** Starts a trace that `which`, an ENCODER_, writes; of requests, those that the references of `streams` make. */
export function startEncoder(which: u32, streams: u32): void {
  encoder = which;
  at = 0;
  end = 0;
  resetLosses();
  if (which == ENCODER_LACKEY) resetLackeyText();
  else if (which == ENCODER_CHAMPSIM) resetChampsim();
  else resetRequests(streams);
}

/** Has the entries that were given out last be encoded next. */
export function beginEncoding(): void {
  from = entriesAddress();
  at = from;
  end = from + entriesBytes();
}

/** Encodes as many of the entries as there is room for, and returns the bytes written; 0: there are no more entries. */
export function encode(): u32 {
  let out = OUTPUT;
  while (at < end && out == OUTPUT) out = encodeOn();
  return <u32>(out - OUTPUT);
}

/** Writes what is left when the trace has ended, and returns its bytes. */
export function endEncoding(): u32 {
  return encoder == ENCODER_CHAMPSIM ? <u32>(endChampsim(OUTPUT) - OUTPUT) : 0;
}

function encodeOn(): usize {
  let out: usize = OUTPUT;
  if (encoder == ENCODER_LACKEY) {
    out = encodeLackey(at, end, OUTPUT);
    at = lackeyTo;
  } else if (encoder == ENCODER_CHAMPSIM) {
    out = encodeChampsim(at, end, OUTPUT, from);
    at = champsimTo;
  } else {
    out = encodeRequests(at, end, OUTPUT, from);
    at = requestsTo;
  }
  return out;
}
