/** What results call things with these ids: the ids, numbered where one comes again: `sasrec`, `sasrec 2`. */
export function labelsOf(ids: readonly string[]): string[] {
  return ids.map((id, index) => {
    const same = ids.slice(0, index).filter((each) => each === id).length;
    return same === 0 ? id : `${id} ${same + 1}`;
  });
}
