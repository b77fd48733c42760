import { expect, test } from 'vitest'
import { storeFailureResponse } from '../../../../servers/http/response/store-failure.ts'
import { StoreError } from '../../../../shared/store/store-error.ts'

const detailOf = (error: unknown) => storeFailureResponse(error)?.detail

test('a store that cannot be used now is 503, without where it is', () => {
  const response = storeFailureResponse(new StoreError('unavailable', 'connect ECONNREFUSED 10.0.0.1:5432'))
  expect([response?.status, response?.headers.slice(-2)]).toEqual([503, ['Retry-After', '1']])
  expect(response?.detail).toBe('The database is not available. Try again later.')
  expect(detailOf(new StoreError('busy', 'the store is busy'))).toBe('the store is busy')
})

test('any other error is not one of the store', () => {
  expect(storeFailureResponse(new Error('defect'))).toBeUndefined()
})
