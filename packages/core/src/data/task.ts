/** What kind of sequences something is about. */
export type Task = 'recommendation' | 'language';
