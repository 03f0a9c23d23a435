/**
 * Step 1 of 5: from a request to the API key it carries.
 *
 * <p>Start at {@link dev.weir.key.ApiKeyResolver}. Nothing here knows about plans or quotas.
 */
@NullMarked
package dev.weir.key;

import org.jspecify.annotations.NullMarked;
