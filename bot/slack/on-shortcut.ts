/** "Use as input image" in a message's menu: the way to a picture where slash commands do not exist, in threads too. */
import { Fault } from '../../config/faults.ts';
import { type Acknowledge, answering, type Heard } from './answering.ts';
import { useForm } from './forms.ts';
import { openForm } from './open-form.ts';
import type { Shared } from './parts.ts';
import { addressIn, type MessageFile, ownFileOf } from './pictures.ts';

/** The shortcut's id in the manifest. */
export const USE_IMAGE = 'use_image';

/** What Slack sends. */
export interface ShortcutBody {
  readonly trigger_id: string;
  readonly response_url?: string;
  readonly team?: { readonly id: string } | null;
  readonly enterprise?: { readonly id: string } | null;
  readonly user: { readonly id: string; readonly name?: string; readonly team_id?: string };
  readonly channel: { readonly id: string };
  readonly message: {
    readonly ts: string;
    readonly thread_ts?: string;
    readonly files?: readonly MessageFile[];
  };
}

export function onShortcut(body: ShortcutBody, acknowledge: Acknowledge, shared: Shared): Promise<void> {
  const { user, team, enterprise, channel, message, trigger_id, response_url: responseUrl } = body;
  const heard: Heard = {
    key: `slack:${trigger_id}`,
    name: user.name ?? user.id,
    spot: {
      team: team?.id ?? user.team_id ?? '',
      ...(enterprise ? { enterprise: enterprise.id } : {}),
      channel: channel.id,
      thread: message.thread_ts,
      user: user.id,
      responseUrl,
    },
    acknowledge,
  };
  return answering(heard, shared, async (answer) => {
    const { spot } = heard;
    const picture = addressIn(message.files);
    if (picture === undefined && ownFileOf(channel.id, message.ts, shared) === undefined) {
      throw new Fault('image.type', { image: 'The message' });
    }
    void answer.acknowledge();
    const language = await shared.people.language(spot, spot.user);
    const origin = { channel: channel.id, thread: message.thread_ts, picture };
    const view = useForm(message.ts, origin, language);
    await openForm(spot, trigger_id, view, shared.calls);
  });
}
