/** The arms that retention compares: the only ones that have a meaning to this package. All others are names to it. */
export const arms = { full: 'full', distilled: 'distilled' } as const;
