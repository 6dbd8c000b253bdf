/** A number as it is shown while a job goes on. */
export const shown = (value: number): string => value.toPrecision(4);
