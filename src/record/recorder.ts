/** What recorders have in common: how a program is started under one, and what the log says at its end. */
import type { Mapping } from "../regions/maps.ts";
import type { Program } from "./program.ts";

/** The descriptor on which a recorder is given its end of the pipe. */
export const LOG_DESCRIPTOR = 3;

export interface Recorder {
  readonly name: "lackey" | "qemu";
  /** As messages call it. */
  readonly title: string;
  /** The words by which `program` is started, recorded, with its log on LOG_DESCRIPTOR. */
  command(program: Program): readonly string[];
  /** Environment variables beside the caller's own. @default none */
  readonly environment?: Readonly<Record<string, string>>;
  /** Whether `line` of the log, which is no record, is only written at the end of a recording. */
  endsWith(line: string): boolean;
  /** The mappings of the program, of all that the process `processId` has when the first records have come. */
  mappingsOf?(processId: number): Mapping[];
  /**
   * The mappings that a line of the log tells of, where it tells them itself; `all` when those were all that the program
   * has at its start, `null` of any other line.
   */
  mappingsIn?(line: string): Mapping[] | "all" | null;
  /**
   * What the recorder had not written when a signal ended it, of a log of which `receivedBytes` bytes have come. With
   * it the recording is whole.
   */
  rest?(receivedBytes: number): Uint8Array;
  /** Releases what was made for this recording. */
  close?(): Promise<void>;
}
