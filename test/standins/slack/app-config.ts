/** The app as Slack knows it: what its manifest registers, and how it is installed. */
import type { JsonObject, Team, User } from './shapes.ts';

interface Parameter {
  readonly type: string;
  readonly is_required?: boolean;
}

interface StepDefinition {
  readonly title: string;
  readonly inputs: Readonly<Record<string, Parameter>>;
  readonly outputs: Readonly<Record<string, Parameter>>;
}

export class AppConfig {
  /** Slash commands that can be typed. */
  commands: { command: string; escapes: boolean }[] = [{ command: '/imagine', escapes: false }];
  /** Callback ids of shortcuts; any can be used while this is empty. */
  shortcuts: { type: string; callbackId: string }[] = [];
  /** Event types the app is told of; all while this is absent. */
  events: readonly string[] | undefined;
  /** Whether it has a Home tab. */
  hasHome = true;
  /** Steps for Workflow Builder, by callback id. */
  readonly steps = new Map<string, StepDefinition>();
  readonly oauth = {
    clientId: '1234567890.0987654321',
    clientSecret: 'a-client-secret',
    /** Tokens live for twelve hours and come with a refresh token. */
    rotates: true,
    codes: new Map<string, { team: Team; user: User; redirectUri?: string; used: boolean }>(),
  };

  /** Registers what a manifest says: commands, shortcuts, events, steps; bot scopes are put into every team given. */
  read(manifest: JsonObject, teams: readonly Team[]): void {
    const features = (manifest.features ?? {}) as Record<string, JsonObject[]>;
    this.commands = (features.slash_commands ?? []).map(({ command, should_escape }) => ({
      command: String(command),
      escapes: should_escape === true,
    }));
    this.shortcuts = (features.shortcuts ?? []).map(({ type, callback_id }) => ({
      type: String(type),
      callbackId: String(callback_id),
    }));
    const { app_home } = features as unknown as { app_home?: { home_tab_enabled?: boolean } };
    this.hasHome = app_home?.home_tab_enabled === true;
    const settings = (manifest.settings ?? {}) as Record<string, JsonObject>;
    this.events = (settings.event_subscriptions?.bot_events ?? []) as string[];
    this.oauth.rotates = (settings.token_rotation_enabled as unknown) === true;
    const oauth = (manifest.oauth_config ?? {}) as Record<string, { bot?: string[] }>;
    for (const { scopes } of teams) {
      scopes.clear();
      for (const scope of oauth.scopes?.bot ?? []) scopes.add(scope);
    }
    for (const [id, step] of Object.entries((manifest.functions ?? {}) as Record<string, JsonObject>)) {
      this.steps.set(id, {
        title: String(step.title),
        inputs: parameters(step.input_parameters),
        outputs: parameters(step.output_parameters),
      });
    }
  }

  /** What contradicts the step's declared outputs; nothing for a step that no manifest declared. */
  outputFaults(callbackId: string, outputs: JsonObject): string[] {
    const step = this.steps.get(callbackId);
    if (step === undefined) return [];
    const missing = Object.entries(step.outputs)
      .filter(([name, { is_required }]) => is_required === true && (outputs[name] ?? '') === '')
      .map(([name]) => `missing required field: ${name} [json-pointer:/outputs/${name}]`);
    const wrong = Object.entries(outputs).flatMap(([name, value]) => {
      const type = step.outputs[name]?.type;
      if (type === undefined) return [`additional property: ${name} [json-pointer:/outputs]`];
      const expected = { integer: 'number', number: 'number', boolean: 'boolean' }[type] ?? 'string';
      const fits = typeof value === expected && (type !== 'integer' || Number.isInteger(value));
      return fits ? [] : [`must provide a ${type} [json-pointer:/outputs/${name}]`];
    });
    return [...missing, ...wrong];
  }
}

/** The three forms that manifests have: a list, an object, and an object with the names of the required ones. */
function parameters(given: unknown): Record<string, Parameter> {
  if (Array.isArray(given)) {
    return Object.fromEntries((given as ({ name: string } & Parameter)[]).map((one) => [one.name, one]));
  }
  const { properties, required } = (given ?? {}) as { properties?: unknown; required?: string[] };
  if (typeof properties !== 'object') return (given ?? {}) as Record<string, Parameter>;
  return Object.fromEntries(
    Object.entries(properties as Record<string, Parameter>).map(([name, one]) => [
      name,
      { ...one, is_required: required?.includes(name) ?? false },
    ]),
  );
}
