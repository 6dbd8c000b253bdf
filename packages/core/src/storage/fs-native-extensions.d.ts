declare module 'fs-native-extensions' {
  /** Locks a range of bytes of an open file; false where someone else has it. */
  export function tryLock(fd: number, offset: number, length: number): boolean;
}
