import { describe, expect, it } from "vitest";
import { resourcesOf } from "../../src/cluster/slurm/resources.ts";

describe("what Slurm is asked for", () => {
  it.each([
    ...["0", "90", "90:30", "1:00:00", "48:00:00", "1-12", "1-12:30", "1-12:30:00"].map((time) => ({ time })),
    ...["500", "0", "800M", "4G", "2t"].map((memory) => ({ memory })),
    ...["main", "short,long", "gpu-a100_80.x"].map((partition) => ({ partition })),
    ...["bio-42", "Lab:group", "a.b@c+d"].map((account) => ({ account })),
    { cpus: 4096 },
    { shards: 1_000_000 },
  ])("may be %o", (asked) => {
    expect(resourcesOf(asked, "p.json", {})).toEqual({ cpus: 1, shards: null, ...asked });
    expect(resourcesOf({}, "p.json", asked)).toEqual({ cpus: 1, shards: null, ...asked });
  });

  it.each([
    ...["", "1h", "1:2:3:4", "1-", "-5", "1-2-3", "90\n#SBATCH -A x", "90 --wrap=x", "UNLIMITED"].map((time) => ({
      time,
    })),
    ...["", "4GB", "1.5G", "-1", "4G ", "4\nG"].map((memory) => ({ memory })),
    ...["", "-p", "a b", "a;b", "a,", ",a", "a,-b", "$(x)", "a\n"].map((partition) => ({ partition })),
    ...["", "--wrap=x", "a b", "a'b", 'a"b', "a%b", "a\tb"].map((account) => ({ account })),
    ...[0, -1, 1.5, 4097, Number.NaN, "2"].map((cpus) => ({ cpus: cpus as number })),
    ...[0, 1_000_001].map((shards) => ({ shards })),
  ])("may not be %o: an option is told as such, a value of the plan with its place", (asked) => {
    const [name] = Object.keys(asked);
    expect(() => resourcesOf(asked, "p.json", {})).toThrow(
      expect.objectContaining({ name: "ConfigError", option: name }),
    );
    expect(() => resourcesOf({}, "p.json", asked)).toThrow(
      expect.objectContaining({ name: "InputError", path: "p.json", place: `slurm.${name}` }),
    );
  });

  it("is what the options say, and else what the plan says", () => {
    const planned = { account: "lab", time: "10", cpus: 8 };
    expect(resourcesOf({ time: "20", shards: 3 }, "p.json", planned)).toEqual({
      ...{ account: "lab", time: "20", cpus: 8, shards: 3 },
    });
    // What is not used need not be good.
    expect(resourcesOf({ time: "20" }, "p.json", { time: "soon" })).toMatchObject({ time: "20" });
  });
});
