import type { Columns, CsvLayout } from "../../config/columns.ts";
import type { ResolvedSelection } from "../../config/selection.ts";
import type { ByteReader } from "../bytes.ts";

/** What of a trace a job looks at, so that a container need not read the rest. */
export interface TraceWants {
  /** Whether whole records are wanted, not only what the job's machine can tell apart. */
  readonly entries: boolean;
  /** Slots by which records may be left out (ARCHITECTURE.md, "What may be left out"); 0: none may. */
  readonly stripSlots: number;
}

/** Wants all there is. */
export const WANTS_ALL: TraceWants = { entries: true, stripSlots: 0 };

/** What a container is read for. */
export interface UnwrapContext {
  /** For messages. */
  readonly path: string;
  readonly selection: ResolvedSelection;
  readonly wants: TraceWants;
}

/** What is known of a trace format on this side; its decoder is in assembly/decoders/. */
export interface TraceFormat {
  /** As `--format` takes it and results name it. */
  readonly name: string;
  readonly title: string;
  /** Where the format is defined. */
  readonly specification: string;
  /** A record, for messages. */
  readonly example: string;
  /** Its decoder: `DECODER_` and this is the constant in assembly/layout.ts. */
  readonly decoder: string;
  /** Whether it is lines of text. */
  readonly isText: boolean;
  /** Whether those who record it see virtual addresses, and no others. @default false */
  readonly isVirtual?: boolean;
  /** Whether its decoder can begin at any line (part-decoder.ts). @default false */
  readonly isDecodedInParts?: boolean;
  /**
   * Whether only pages were kept, so that no single records can be had of it, and windows and flushes only of so many at
   * once as config/selection.ts says. @default false
   */
  readonly isPagesOnly?: boolean;
  /**
   * What this format's decoder expected, and the likely cause, where a reason alone does not tell (decoding.ts); or how to
   * tell it from the bytes of the line or record, which may be fewer at the end of a trace.
   */
  readonly reasons?: Readonly<Record<string, string | ((bytes: Uint8Array) => string)>>;
  /** Whether lines that are no records may stand between them; they are skipped. @default false */
  readonly skipsOtherLines?: boolean;
  /**
   * Whether its records are samples: a few of the accesses, chosen by time or event. What a machine does with them is
   * not what it did with the program, and results say so. @default false
   */
  readonly isSampled?: boolean;
  /** Of a container: a reader of what its decoder reads, one unit a read. It owns `reader`. @default the file itself */
  unwrap?(reader: ByteReader, context: UnwrapContext): Promise<ByteReader>;
  /** Of a container: the metadata in it, objects of JSON, which `reader` is read for. @default none */
  metadata?(reader: ByteReader, context: UnwrapContext): Promise<AsyncIterable<string>>;
  /** Whether detect() goes by a magic number, so that no other format need be asked. @default false */
  readonly hasMagicNumber?: boolean;
  /** Whether the first bytes of a trace, as many as DETECTION_BYTES of index.ts, are of this format. */
  detect(head: Uint8Array): boolean;
  /**
   * Of a format with columns: how its lines are to be read, by those that the user named, or by the first bytes, which
   * detect() need not have accepted. `null` if neither says which column has the addresses.
   */
  layoutOf?(head: Uint8Array, columns: Columns | null): CsvLayout | null;
}
