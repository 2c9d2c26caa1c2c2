/** What must never be seen: the page's password, and one in an address. */
export const TOKEN = 'correct-horse-battery';
export const PASSWORD = 'hunter-two-in-an-address';
