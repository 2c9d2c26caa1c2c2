/** `/settings server`: shows the server's settings to whoever may manage it, and keeps what is chosen there. */
import type { APIApplicationCommandInteraction, APIMessageComponentSelectMenuInteraction } from 'discord.js';
import { readServerSettings, type ServerSettings } from '../../commands/server-rules.ts';
import { Fault } from '../../config/faults.ts';
import type { ServerSetting } from '../chat/custom-id.ts';
import { respond } from '../chat/on-command.ts';
import type { Shared } from './dependencies.ts';
import { DiscordContext } from './discord-context.ts';
import { SURFACE } from './place.ts';
import { serverPanel, withChoice } from './server-panel.ts';
import { mayManageServer } from './server-rules.ts';

type Asked = APIApplicationCommandInteraction | APIMessageComponentSelectMenuInteraction;

export function onServerSettings(
  interaction: APIApplicationCommandInteraction,
  shared: Shared,
): Promise<void> {
  const context = new DiscordContext(interaction, shared);
  return respond(context, 'private', shared.clock, async () => {
    const { settings } = managed(interaction, shared);
    await context.tell(serverPanel(settings, shared.installation, await context.language()));
  });
}

export function onServerChoice(
  interaction: APIMessageComponentSelectMenuInteraction,
  setting: ServerSetting,
  shared: Shared,
): Promise<void> {
  const context = new DiscordContext(interaction, shared);
  return respond(context, 'update', shared.clock, async () => {
    const { server, settings } = managed(interaction, shared);
    const changed = withChoice(settings, setting, interaction.data.values);
    await shared.preferences.saveServer(SURFACE, server, { ...changed });
    await context.update(serverPanel(changed, shared.installation, await context.language()));
  });
}

/** @throws Fault `server.none`, `server.manage` */
function managed(
  { guild_id, member }: Asked,
  { preferences }: Shared,
): { readonly server: string; readonly settings: ServerSettings } {
  if (guild_id === undefined || member === undefined) throw new Fault('server.none', {});
  if (!mayManageServer(member.permissions)) throw new Fault('server.manage', {});
  const kept = preferences.ofServer({ surface: SURFACE, server: guild_id });
  return { server: guild_id, settings: readServerSettings(kept) };
}
