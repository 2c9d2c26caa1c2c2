/** Defaults as forms: one's own, and for admins the workspace's; opened by a command, or on the Home tab. */

import type { Owner } from '../chat/custom-id.ts';
import { respond } from '../chat/on-command.ts';
import { type AskedDefaults, openDefaults, saveDefaults } from '../chat/settings-form.ts';
import type { Shared } from './dependencies.ts';
import { type Source, SURFACE } from './place.ts';
import { SlackContext } from './slack-context.ts';
import type { SlackEvent } from './slack-event.ts';

export function hearSettings(event: SlackEvent, owner: Owner, shared: Shared): Promise<void> {
  const context = new SlackContext(event, shared);
  return respond(context, 'private', shared, () =>
    openDefaults(context, asked(owner, event.source, shared), shared),
  );
}

export async function hearSettingsForm(event: SlackEvent, owner: Owner, shared: Shared): Promise<void> {
  const { source, fields = {} } = event;
  const context = new SlackContext(event, shared);
  const { homeTabs } = shared;
  const isAtHome = source.channel === source.user;
  await respond(context, 'private', shared, async () => {
    const saved = await saveDefaults(context, fields, asked(owner, source, shared), shared);
    if (!isAtHome) await context.reply(saved);
  });
  await (isAtHome ? homeTabs.show(source) : homeTabs.refresh(source));
}

function asked(owner: Owner, source: Source, { users }: Shared): AskedDefaults {
  return {
    owner,
    server: { surface: SURFACE, server: source.team },
    manages: () => users.isAdmin(source),
  };
}
