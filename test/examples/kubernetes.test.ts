/** The manifest in examples/cluster: valid for Kubernetes, and consistent in itself. It is not run. */
import { readFileSync } from "node:fs";
import { Job } from "kubernetes-models/batch/v1";
import { describe, expect, it } from "vitest";
import { parseAllDocuments } from "yaml";

const text = readFileSync(new URL("../../examples/cluster/kubernetes.yaml", import.meta.url), "utf8");
const [document, ...others] = parseAllDocuments(text, { strict: true, uniqueKeys: true });
const manifest = document?.toJS();

const JOB_FIELDS = [
  ...["activeDeadlineSeconds", "backoffLimit", "backoffLimitPerIndex", "completionMode", "completions", "managedBy"],
  ...["manualSelector", "maxFailedIndexes", "parallelism", "podFailurePolicy", "podReplacementPolicy", "selector"],
  ...["successPolicy", "suspend", "template", "ttlSecondsAfterFinished"],
];

describe("the manifest of an Indexed Job", () => {
  it("is one document of YAML that Kubernetes' own schema takes", () => {
    expect(others).toEqual([]);
    expect(document?.errors).toEqual([]);
    expect(() => new Job(manifest).validate()).not.toThrow();
  });

  it("has no field that Kubernetes has none of, and would not be taken with other types", () => {
    // What a model is made with keeps unknown fields, and its check passes them: the list is Kubernetes' reference (batch/v1, JobSpec).
    expect(JOB_FIELDS).toEqual(expect.arrayContaining(Object.keys(manifest.spec)));
    expect(() => new Job({ ...manifest, spec: { ...manifest.spec, completions: "64" } }).validate()).toThrow();
  });

  const { spec } = manifest;
  const { containers, volumes, securityContext, restartPolicy } = spec.template.spec;
  const [container] = containers;

  it("has as many completions as its command has shares, each with a number", () => {
    expect(spec.completionMode).toBe("Indexed");
    const shard = container.command[container.command.indexOf("--shard") + 1];
    expect(shard).toBe(`auto/${spec.completions}`);
    expect(spec.parallelism).toBeLessThanOrEqual(spec.completions);
    expect(spec.maxFailedIndexes).toBeLessThanOrEqual(spec.completions);
  });

  it("tries a share again without ending the others; restarts are up to the job", () => {
    expect(spec.backoffLimitPerIndex).toBeGreaterThan(0);
    expect(spec).not.toHaveProperty("backoffLimit");
    expect(restartPolicy).toBe("Never"); // which backoffLimitPerIndex and podFailurePolicy ask for
  });

  it("does as many units at once as it asks for cores", () => {
    expect(container.command[container.command.indexOf("--jobs") + 1]).toBe(container.resources.requests.cpu);
  });

  it("has plan and results on a volume, and needs no rights", () => {
    const paths = container.command.filter((word: string) => word.startsWith("/"));
    expect(paths).toHaveLength(2);
    for (const { name, mountPath } of container.volumeMounts) {
      expect(volumes.map((volume: { name: string }) => volume.name)).toContain(name);
      for (const path of paths) expect(path.startsWith(`${mountPath}/`)).toBe(true);
    }
    expect(securityContext.runAsNonRoot).toBe(true);
    expect(container.securityContext.allowPrivilegeEscalation).toBe(false);
  });
});
