import { type ConvertOptions, convert } from "../../src/convert.ts";
import type { ConvertResult } from "../../src/report/results.ts";
import type { Trace } from "../../src/trace/trace.ts";

/** All of a conversion. */
export async function converted(
  trace: Trace,
  options: ConvertOptions,
): Promise<{ bytes: Uint8Array; result: ConvertResult }> {
  const conversion = convert(trace, options);
  const pieces: Uint8Array[] = [];
  for await (const piece of conversion) pieces.push(piece);
  return { bytes: Buffer.concat(pieces), result: conversion.result() };
}
