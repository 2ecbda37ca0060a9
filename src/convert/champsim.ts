/** ChampSim's records of instructions. Encoded by assembly/encoders/champsim.ts, where the layout stands. */
import type { OutputFormat } from "./encoder.ts";
import { lossesOf } from "./losses.ts";

export const champsimOutput: OutputFormat = {
  name: "champsim",
  title: "ChampSim",
  specification: "ChampSim, inc/trace_instruction.h, input_instr",
  extensions: [".champsim", ".champsimtrace"],
  isText: false,
  start(kernel) {
    const encoder = kernel.encoder("CHAMPSIM");
    return {
      encode: () => encoder.encode(),
      finish: () => [encoder.finish()],
      losses() {
        const losses = lossesOf(encoder, "ChampSim");
        return { ...losses, notes: ["branches and registers are not known, and are written as none", ...losses.notes] };
      },
    };
  },
};
