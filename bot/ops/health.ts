/** Whether the service lives, can work, and what it counts: what `/healthz`, `/readyz` and `/metrics` answer. */

export interface Readiness {
  readonly ready: boolean;
  /** Why not: one sentence each. */
  readonly reasons: readonly string[];
}

export interface Health {
  readiness(): Readiness;
  /** Devices whose worker holds a model. */
  readyDevices(): readonly string[];
  readonly metricsType: string;
  metrics(): Promise<string>;
}

/** Something that must be so before the service is ready. */
export interface Condition {
  /** Undefined when it is so. */
  problem(): string | undefined;
}

/** At least one of the devices is ready: the others may rest. @param devices why each is not, undefined if it is */
export function anyDevice(
  devices: readonly { readonly name: string; readonly warmth: { isReady: boolean; reason: string } }[],
): Condition {
  return {
    problem() {
      if (devices.some(({ warmth }) => warmth.isReady)) return undefined;
      if (devices.length === 0) return 'no worker has reported yet';
      return devices.map(({ name, warmth }) => `${name}: ${warmth.reason}`).join('; ');
    },
  };
}

export function readinessOf(conditions: readonly Condition[]): Readiness {
  const reasons = conditions.flatMap((condition) => condition.problem() ?? []);
  return { ready: reasons.length === 0, reasons };
}
