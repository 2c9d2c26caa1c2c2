/** `/settings server`: shows the server's settings to whoever may manage it, and keeps what is chosen there. */
import type { APIApplicationCommandInteraction, APIMessageComponentSelectMenuInteraction } from 'discord.js';
import { readServerSettings, type ServerSettings } from '../../commands/server-rules.ts';
import { Fault } from '../../config/faults.ts';
import type { ServerSetting } from '../chat/custom-id.ts';
import type { Shared } from './dependencies.ts';
import { SURFACE } from './place.ts';
import { languageFor, respond } from './respond.ts';
import { serverPanel, withChoice } from './server-panel.ts';
import { mayManageServer } from './server-rules.ts';

type Asked = APIApplicationCommandInteraction | APIMessageComponentSelectMenuInteraction;

export function onServerSettings(
  interaction: APIApplicationCommandInteraction,
  shared: Shared,
): Promise<void> {
  return respond(interaction, 'private', shared, async (answer) => {
    const { settings } = managed(interaction, shared);
    await answer.tell(serverPanel(settings, shared.installation, languageFor(interaction, shared)));
  });
}

export function onServerChoice(
  interaction: APIMessageComponentSelectMenuInteraction,
  setting: ServerSetting,
  shared: Shared,
): Promise<void> {
  return respond(interaction, 'update', shared, async (answer) => {
    const { server, settings } = managed(interaction, shared);
    const changed = withChoice(settings, setting, interaction.data.values);
    await shared.jobs.journal.saveServerSettings(SURFACE, server, { ...changed });
    await answer.update(serverPanel(changed, shared.installation, languageFor(interaction, shared)));
  });
}

/** @throws Fault `server.none`, `server.manage` */
function managed(
  { guild_id, member }: Asked,
  { jobs }: Shared,
): { readonly server: string; readonly settings: ServerSettings } {
  if (guild_id === undefined || member === undefined) throw new Fault('server.none', {});
  if (!mayManageServer(member.permissions)) throw new Fault('server.manage', {});
  const kept = jobs.journal.serverSettingsOf({ surface: SURFACE, server: guild_id });
  return { server: guild_id, settings: readServerSettings(kept) };
}
