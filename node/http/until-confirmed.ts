import type { Route } from './exchange.js'

/**
 * The routes of a node that may wait for the confirmation of a restore: until then those that change something are refused,
 * but for those that end a right, or say of themselves that they go on.
 */
export function untilConfirmed(routes: readonly Route[], requireConfirmed: () => Promise<void>): readonly Route[] {
  return routes.map((route): Route => {
    if (route.method === 'GET' || route.unconfirmed === 'goes-on') return route
    return {
      ...route,
      async handle(request) {
        await requireConfirmed()
        return route.handle(request)
      },
    }
  })
}
