/**
 * What Spring Boot needs to put the filter in front of an application by itself: beans, and
 * settings from Spring's properties.
 *
 * <p>Start at {@code WeirAutoConfiguration}. Nothing else refers to this package, so that without
 * Spring on the class path nobody loads it. It uses only what has the same name in Spring Boot 3.5
 * and 4.
 */
@NullMarked
package dev.weir.spring;

import org.jspecify.annotations.NullMarked;
