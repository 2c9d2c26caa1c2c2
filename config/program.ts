/** What this program calls itself in the pictures it makes; a test keeps it equal to package.json. */
export const PROGRAM = { name: 'Darkroom', version: '0.1.0' } as const;
