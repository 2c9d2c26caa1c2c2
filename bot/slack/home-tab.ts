/** The app's Home tab: one's last pictures, one's defaults and, for admins, the workspace's. */
import type { types } from '@slack/bolt';
import { isReply, type Reply } from '../../commands/command.ts';
import type { PastRequest } from '../../commands/job-service.ts';
import { inOneLine } from '../../commands/mentions.ts';
import { captionOf } from '../../commands/picture-reply.ts';
import { settings } from '../../commands/settings.ts';
import type { Language } from '../../config/languages.ts';
import { say } from '../../config/messages.ts';
import { type Owner, settingsId } from '../chat/custom-id.ts';
import { serverDefaults } from '../chat/settings-form.ts';
import { actions, context, filePicture, section, words } from './blocks.ts';
import type { HomeTabs, Shared } from './dependencies.ts';
import { harmless } from './escape.ts';
import { type Home, linkOf, personOf, placeOf } from './place.ts';
import { showReply } from './reply-message.ts';

/** Who has opened theirs, so that nothing stays there which is deleted or changed elsewhere. */
const KIND = 'slack_home';
/** Pictures, or sheets of several. */
const PICTURES = 8;
const DIVIDER: types.KnownBlock = { type: 'divider' };

type Whom = Home & { readonly user: string };

export class DrawnHomeTabs implements HomeTabs {
  private readonly shared: Omit<Shared, 'homeTabs'>;
  /** By person: being drawn, and whether that is old already. */
  private readonly drawing = new Map<string, { isOld: boolean }>();

  constructor(shared: Omit<Shared, 'homeTabs'>) {
    this.shared = shared;
  }

  show(whom: Whom): Promise<void> {
    return this.draw(whom, false);
  }

  refresh(whom: Whom): Promise<void> {
    return this.draw(whom, true);
  }

  /** One at a time for each person: whoever comes meanwhile makes it be drawn once more. */
  private async draw(whom: Whom, onlyAgain: boolean): Promise<void> {
    const key = keyOf(whom);
    const underWay = this.drawing.get(key);
    if (underWay !== undefined) {
      underWay.isOld = true;
      return;
    }
    const mine = { isOld: true };
    this.drawing.set(key, mine);
    try {
      if (onlyAgain && this.shared.keyValues.get(KIND, key) === undefined) return;
      while (mine.isOld) {
        mine.isOld = false;
        await this.publish(whom);
      }
    } catch (cause) {
      this.shared.log.warn('a Home tab could not be shown', { cause });
    } finally {
      this.drawing.delete(key);
    }
  }

  private async publish(whom: Whom): Promise<void> {
    const { calls, users, keyValues, contextOf, clock } = this.shared;
    const { user, ...home } = whom;
    const [language, isAdmin] = await Promise.all([users.language(whom), users.isAdmin(whom)]);
    const by = personOf(whom, user, user);
    const asking = { by, place: placeOf({ ...whom, channel: user }, clock.now()), key: '' };
    const context = contextOf(asking, language);
    const requests = context.jobs.pastRequests(PICTURES);
    const own = await settings.run({}, context);
    const sections = [
      ...(isReply(own) ? defaults(own, 'person', language) : []),
      ...(isAdmin
        ? defaults(serverDefaults(asking.place, this.shared.preferences, language), 'server', language)
        : []),
    ];
    const isEmpty = requests.length === 0 && Object.keys(context.jobs.settings()).length === 0;
    const isKept = keyValues.get(KIND, keyOf(whom)) !== undefined;
    if (!isEmpty && !isKept) await keyValues.set(KIND, keyOf(whom), true);
    const publish = (withPictures: boolean) => {
      const blocks = [...this.picturesOf(requests, language, withPictures), ...sections];
      return calls.make(home, 'views.publish', { user_id: user, view: { type: 'home', blocks } });
    };
    // Slack refuses a file that somebody has deleted there: then the words alone.
    await publish(true).catch(() => publish(false));
    if (isEmpty && isKept) await keyValues.delete(KIND, keyOf(whom));
  }

  private picturesOf(
    requests: readonly PastRequest[],
    language: Language,
    withPictures: boolean,
  ): types.KnownBlock[] {
    const { uploads, jobs } = this.shared;
    const shown = requests.flatMap((request): types.KnownBlock[] => {
      const prompt = inOneLine(request.prompt, 300);
      const file = withPictures ? uploads.idOf(request.id, 0) : undefined;
      const link = linkOf(jobs.find(request.id).messages);
      const where = link === undefined ? [] : [`<${link}|${say(language, 'card.there')}>`];
      const facts = [harmless(captionOf(request, language)), ...where].join(' · ');
      const beside = file === undefined ? {} : { accessory: filePicture(file, prompt) };
      return [{ ...words(harmless(prompt)), ...beside }, context(facts)];
    });
    const command = '`/imagine`';
    const none = section(say(language, 'gallery.none', { command }));
    return [
      section(`*${say(language, 'gallery.title')}*`),
      ...(shown.length === 0 ? [none] : shown),
      context(say(language, 'home.about', { command })),
    ];
  }
}

/** What is set, and the button that opens its form. */
function defaults(reply: Reply, owner: Owner, language: Language): types.KnownBlock[] {
  const change = { label: say(language, 'home.change'), id: settingsId(owner), look: 'plain' } as const;
  return [DIVIDER, ...showReply(reply, () => undefined).blocks, ...actions([change])];
}

const keyOf = ({ team, user }: Whom) => `${team}/${user}`;
