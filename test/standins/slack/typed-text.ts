/** What Slack makes of what somebody types. https://docs.slack.dev/messaging/formatting-message-text#escaping */
import type { World } from './world.ts';

/** @param resolves also names of people and channels, and addresses, become `<@U..>`, `<#C..|..>`, `<https://..>` */
export function escapeText(text: string, resolves: boolean, world: World): string {
  const escaped = text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
  if (!resolves) return escaped;
  return escaped
    .replace(/https?:\/\/[^\s]+[^\s.,;:!?)]/g, (url) => `<${url}>`)
    .replace(/@([A-Za-z]\w*)/g, (whole, name: string) => {
      const user = world.users.find((one) => one.name === name && !one.isBot);
      return user === undefined ? whole : `<@${user.id}>`;
    })
    .replace(/#([a-z][\w-]*)/g, (whole, name: string) => {
      const channel = world.channels.find((one) => one.name === name);
      return channel === undefined ? whole : `<#${channel.id}|${name}>`;
    });
}
