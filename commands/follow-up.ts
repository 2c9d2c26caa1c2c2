/** What can be done with a job's message afterwards, by whom, and with which button or reaction: the same on every surface. */
import { Fault } from '../config/faults.ts';

/**
 * What can be pressed: `cancel` while it waits or runs, `again` where there is no picture or it could not be delivered,
 * `pick` for each picture of several, the rest once it is over; `subtle` to `zoom` for a picture that is alone.
 */
export type FollowUpAction =
  | 'cancel'
  | 'again'
  | 'reroll'
  | 'pick'
  | 'vary'
  | 'subtle'
  | 'strong'
  | 'upscale'
  | 'zoom'
  | 'finalize'
  | 'remix'
  | 'delete';

interface Rule {
  /** `owner`: who asked for it, or a moderator. */
  readonly who: 'anybody' | 'owner';
  /** Reactions that mean the same: as emoji, and by their short names. */
  readonly reactions: readonly string[];
}

/** Their words stand in the catalogues: `button.ACTION`, `page.help_ACTION`. */
export const FOLLOW_UPS: Readonly<Record<FollowUpAction, Rule>> = {
  cancel: { who: 'owner', reactions: [] },
  again: { who: 'owner', reactions: [] },
  reroll: { who: 'anybody', reactions: ['🎲', 'game_die', '🔁', 'repeat'] },
  pick: { who: 'anybody', reactions: [] },
  vary: { who: 'anybody', reactions: [] },
  subtle: { who: 'anybody', reactions: [] },
  strong: { who: 'anybody', reactions: [] },
  upscale: { who: 'anybody', reactions: [] },
  zoom: { who: 'anybody', reactions: [] },
  finalize: { who: 'anybody', reactions: ['✨', 'sparkles'] },
  remix: { who: 'anybody', reactions: [] },
  delete: { who: 'owner', reactions: ['❌', 'x'] },
};

export const FOLLOW_UP_ACTIONS = Object.keys(FOLLOW_UPS) as readonly FollowUpAction[];

/** Emoji variation selectors, and the colons and skin tones of short names: not part of what was meant. */
const DECORATION = /[\ufe0e\ufe0f]|^:|(::skin-tone-\d)?:?$/g;

/** The action of a reaction on a finished message: 🎲 🔁 ✨ ❌, or by name: `game_die`, `repeat`, `sparkles`, `x`. */
export function actionOfReaction(reaction: string): FollowUpAction | undefined {
  const name = reaction.replace(DECORATION, '');
  return FOLLOW_UP_ACTIONS.find((action) => FOLLOW_UPS[action].reactions.includes(name));
}

/** Sends the files and what made them to whoever reacts so: ✉️, or by name. */
const MAIL: readonly string[] = ['✉', 'envelope', '📩', 'envelope_with_arrow', '📧', 'email', 'e-mail'];

export function isMail(reaction: string): boolean {
  return MAIL.includes(reaction.replace(DECORATION, ''));
}

/** What the rules look at. */
export interface FollowedJob {
  readonly state: 'waiting' | 'running' | 'finished' | 'failed' | 'cancelled';
  readonly deleted: boolean;
  /** Who asked for it, for display. */
  readonly name: string;
  readonly model: string;
  readonly pictures: number;
  /** A draft whose final model is installed. */
  readonly isDraft: boolean;
  /** Its pictures are there, but their place has taken them in no way. */
  readonly isUndelivered?: boolean;
  /** Drawn by somebody's own workflow, or in a second pass already: what else could be done to it, that decides. */
  readonly made?: 'workflow' | 'upscaled';
}

/** Who wants to do something: the one who asked for the job, a moderator of the place, or somebody else. */
export type Standing = 'requester' | 'moderator' | 'other';

/** Offered where there is one picture; asked for by its number, of several as well. */
const FOR_PICTURES = ['subtle', 'strong', 'upscale', 'zoom'] as const;

function isForPictures(action: FollowUpAction): action is (typeof FOR_PICTURES)[number] {
  return FOR_PICTURES.some((one) => one === action);
}

/** What can be done with a job now, in the order of its buttons. */
export function actionsFor({
  state,
  deleted,
  pictures,
  isDraft,
  isUndelivered,
  made,
}: FollowedJob): readonly FollowUpAction[] {
  if (deleted) return [];
  if (state === 'waiting' || state === 'running') return ['cancel'];
  if (pictures === 0) return ['again', 'remix', 'delete'];
  const again = isUndelivered ? (['again'] as const) : [];
  const pick = pictures > 1 ? (['pick'] as const) : [];
  const final = isDraft ? (['finalize'] as const) : [];
  const more = pictures > 1 || made === 'workflow' ? [] : FOR_PICTURES;
  const alone = more.filter((action) => action !== 'upscale' || made === undefined);
  return [...again, 'reroll', ...pick, 'vary', ...alone, ...final, 'remix', 'delete'];
}

/** @throws Fault `job.*`: the sentence says why somebody may not do this with the job now. */
export function checkFollowUp(action: FollowUpAction, job: FollowedJob, standing: Standing): void {
  if (job.deleted) throw new Fault('job.deleted', {});
  if (FOLLOW_UPS[action].who === 'owner' && standing === 'other') {
    throw new Fault('job.not_yours', { action, name: job.name });
  }
  // Its words can be used, and it can be removed, at any time; there is only no button for it before the end.
  if (action === 'remix' || action === 'delete' || actionsFor(job).includes(action)) return;
  if (job.pictures > 0 && isForPictures(action)) {
    const { made } = job;
    if (made === undefined || (made === 'upscaled' && action !== 'upscale')) return;
    throw new Fault('job.not_offered', { action, made });
  }
  if (action === 'again') throw new Fault('job.not_undelivered', { state: job.state });
  if (action === 'pick' && job.pictures === 1) throw new Fault('job.one_picture', {});
  if (action === 'cancel') throw new Fault('job.over', { state: job.state });
  if (action === 'finalize' && job.pictures > 0) throw new Fault('job.not_a_draft', { model: job.model });
  throw new Fault('job.no_picture', { action, state: job.state });
}
