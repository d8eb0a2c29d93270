/** Items on pages that are read as they are needed. It can be gone through again, which asks again. */
export interface Pages<Page extends { readonly items: readonly unknown[] }> extends AsyncIterable<
  Page['items'][number]
> {
  /** The pages themselves, with what they say about all of it. */
  pages(): AsyncIterable<Page>
  /** The first page: at least one request, and at most one page. */
  first(): Promise<Page>
}

/** Makes pages from the first request on; `read` gives a page, and the next request unless it is the last. */
export function createPages<Page extends { readonly items: readonly unknown[] }, Request>(
  first: Request,
  read: (request: Request) => Promise<{ readonly page: Page; readonly next?: Request }>,
): Pages<Page> {
  async function* pages(): AsyncGenerator<Page> {
    let request = first
    for (;;) {
      const answer = await read(request)
      yield answer.page
      if (answer.next === undefined) return
      request = answer.next
    }
  }
  return {
    pages,
    first: async () => (await read(first)).page,
    async *[Symbol.asyncIterator]() {
      for await (const { items } of pages()) yield* items
    },
  }
}
