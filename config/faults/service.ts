/** The service around the pictures: limits, jobs, chats, disk, HTTP, journal. */
import { type Entry, failure, input } from './entry.ts';
import { plain, quote } from './in-words.ts';

export const SERVICE = {
  'limit.person_waiting': input(
    (d: { limit: number; retry_after_s: number }) =>
      `You have ${d.limit} ${d.limit === 1 ? 'request' : 'requests'} waiting already; come back in about ${d.retry_after_s} s.`,
  ),
  'limit.all_waiting': input(
    (d: { limit: number; retry_after_s: number }) =>
      `All ${d.limit} places in the queue are taken; come back in about ${d.retry_after_s} s.`,
  ),
  'limit.person_rate': input(
    (d: { retry_after_s: number }) =>
      `That were many requests in a short time; come back in ${d.retry_after_s} s.`,
  ),
  'limit.channel_rate': input(
    (d: { retry_after_s: number }) =>
      `This channel had many requests in a short time; come back in ${d.retry_after_s} s.`,
  ),
  'limit.address': input(
    (d: { retry_after_s: number }) =>
      `Many requests came from your network address; come back in about ${d.retry_after_s} s.`,
  ),
  'job.unknown': input((_: Record<never, never>) => 'The picture this belongs to is not known any more.'),
  'job.deleted': input((_: Record<never, never>) => 'This picture was deleted.'),
  'job.not_yours': input(
    (d: { action: string; name: string }) =>
      `Only ${plain(d.name)} or a moderator can ${d.action} this picture.`,
  ),
  'job.over': input((d: { state: string }) => `There is nothing to cancel: the picture is ${d.state}.`),
  'job.no_picture': input(
    (d: { action: string; state: string }) =>
      `There is no picture to ${d.action} here: the request is ${d.state}.`,
  ),
  'job.not_a_draft': input(
    (d: { model: string }) =>
      `Only drafts can be finalized, and ${quote(d.model)} has no final model installed.`,
  ),
  'job.source_gone': input(
    (_: Record<never, never>) => 'The picture to start from was deleted before its turn came.',
  ),
  'job.undelivered': failure(
    /** `reason`: the platform's, in a few words. */
    (d: { reason: string }) =>
      `The picture is there, but its place would not take it (${plain(d.reason)}); "Try again" brings it.`,
  ),
  'job.not_undelivered': input(
    (d: { state: string }) => `There is nothing to bring again: the picture is ${d.state}.`,
  ),
  'job.gave_up': failure((d: { attempts: number; cause: string }) =>
    `The picture was begun ${d.attempts} times and never finished. ${d.cause}`.trim(),
  ),
  'job.ended_service': failure(
    (d: { times: number }) =>
      `The service ended by itself ${d.times} times while it made this picture, so the request is set aside.`,
  ),
  'server.none': input(
    (_: Record<never, never>) => 'There is no server here whose settings could be changed.',
  ),
  'server.manage': input(
    (_: Record<never, never>) => 'Only those who may manage this server can change its settings.',
  ),
  'server.channel': input(
    (d: { channels: string }) => `On this server pictures are made only in ${plain(d.channels)}.`,
  ),
  'server.role': input(
    (d: { roles: string }) => `On this server pictures are made only by ${plain(d.roles)}.`,
  ),
  'server.adults': input(
    (_: Record<never, never>) => 'On this server pictures are made only in age-restricted channels.',
  ),
  'server.quota': input(
    (d: { limit: number; retry_after_h: number }) =>
      `You have made the ${d.limit} ${d.limit === 1 ? 'request' : 'requests'} a day that this server allows; come back in about ${d.retry_after_h} ${d.retry_after_h === 1 ? 'hour' : 'hours'}.`,
  ),
  'server.not_served': input((_: Record<never, never>) => 'I am not in service on this server.'),
  'place.closed': failure(
    /** `reason`: the platform's, in a few words. */
    (d: { reason: string }) =>
      `The request was ended, since I cannot write any more where it was made (${plain(d.reason)}).`,
  ),
  'place.shut': input(
    (d: { reason: string }) => `I may not write there (${plain(d.reason)}), so nothing was begun.`,
  ),
  'interaction.late': input(
    (_: Record<never, never>) =>
      'Your request reached me too late to be answered, so it was not begun; please ask again.',
  ),
  'form.expired': input(
    (_: Record<never, never>) => 'The form could not be opened in time; please press again.',
  ),
  'service.stopping': failure(
    (_: Record<never, never>) => 'The service is being stopped; please try again in a minute.',
  ),
  'disk.full': failure(
    (_: Record<never, never>) => 'The disk is full; the service goes on by itself once there is room.',
  ),
  'disk.unwritable': failure(
    (d: { problem: string }) =>
      `The service cannot write to its disk (${plain(d.problem)}); it goes on by itself once it can.`,
  ),
  'http.listen': input(
    (d: { address: string; problem: string }) => `The studio cannot listen on ${d.address}: ${d.problem}.`,
  ),
  'http.not_found': input((d: { path: string }) => `There is nothing at ${quote(d.path)}.`),
  'http.method': input(
    (d: { method: string; path: string; allowed: string }) =>
      `${quote(d.path)} does not take ${d.method}; allowed: ${d.allowed}.`,
  ),
  'http.host': input(
    (d: { host: string }) =>
      `This studio does not answer for the host name ${quote(d.host)}; use localhost, or set API_TOKEN.`,
  ),
  'http.origin': input((d: { origin: string }) => `Requests from pages of ${quote(d.origin)} are not taken.`),
  'http.token': input(
    (_: Record<never, never>) => 'A password is needed here: the value of API_TOKEN, as a bearer token.',
  ),
  'http.token_wrong': input((_: Record<never, never>) => 'That is not the password.'),
  'http.guesses': input(
    (d: { retry_after_s: number }) => `Too many wrong passwords; come back in ${d.retry_after_s} s.`,
  ),
  'http.busy': failure(
    (d: { retry_after_s: number }) => `Too much is being sent at once; come back in ${d.retry_after_s} s.`,
  ),
  'http.streams': input(
    (d: { limit: number; retry_after_s: number }) =>
      `${d.limit} event ${d.limit === 1 ? 'stream is' : 'streams are'} open already; close some, and come back in ${d.retry_after_s} s.`,
  ),
  'http.body_bytes': input(
    (d: { limit: number }) => `The request is too long; allowed: at most ${d.limit} bytes.`,
  ),
  'http.body_type': input(
    (d: { type: string }) =>
      `The request is of the type ${quote(d.type)}; allowed: application/json or multipart/form-data.`,
  ),
  'http.body': input((d: { problem: string }) => `The request cannot be read: ${plain(d.problem)}.`),
  'chat.refused': failure(
    (d: { chat: string; reason: string }) =>
      `${d.chat} does not take the message (${plain(d.reason)}); is the app in the channel?`,
  ),
  'chat.listen': failure(
    (d: { chat: string; address: string; problem: string }) =>
      `${d.chat}'s requests cannot be waited for on ${d.address}: ${d.problem}.`,
  ),
  'journal.in_use': input(
    (d: { file: string }) =>
      `The journal ${quote(d.file)} is used by another running service; give each its own DATA_DIR.`,
  ),
  'journal.newer': input(
    (d: { file: string; version: number; known: number }) =>
      `The journal ${quote(d.file)} has the form ${d.version}, written by a newer version; this one knows up to ${d.known}.`,
  ),
  'journal.damaged': failure(
    (d: { file: string; where: string }) =>
      `The journal ${quote(d.file)} is damaged (${plain(d.where)}); put a backup in its place, or start once with "npm start -- --salvage", which keeps what can be read.`,
  ),
  'journal.unusable': failure(
    (d: { file: string; problem: string }) =>
      `The journal ${quote(d.file)} cannot be used: ${plain(d.problem)}.`,
  ),
} satisfies Record<string, Entry>;
