/**
 * Step 2 of 5: what the owner of a key is entitled to.
 *
 * <p>Start at {@link dev.weir.plan.Account} and {@link dev.weir.plan.PlanCatalog}: an account names
 * a plan, the catalog turns the two and the endpoint called into the {@link dev.weir.plan.Policy}
 * that one request is judged by. Nothing here counts.
 */
@NullMarked
package dev.weir.plan;

import org.jspecify.annotations.NullMarked;
