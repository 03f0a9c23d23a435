package dev.weir.spring;

import com.hazelcast.core.HazelcastInstance;
import dev.weir.RateLimitListener;
import dev.weir.RateLimitMetrics;
import dev.weir.Weir;
import dev.weir.config.Configuration;
import dev.weir.key.ApiKeyResolver;
import dev.weir.plan.AccountDirectory;
import dev.weir.quota.ClusterSettings;
import dev.weir.servlet.RateLimitFilter;
import io.micrometer.core.instrument.MeterRegistry;
import jakarta.servlet.DispatcherType;
import java.util.EnumSet;
import javax.sql.DataSource;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnProperty;
import org.springframework.boot.autoconfigure.condition.ConditionalOnSingleCandidate;
import org.springframework.boot.autoconfigure.condition.ConditionalOnWebApplication;
import org.springframework.boot.web.servlet.FilterRegistrationBean;
import org.springframework.boot.web.servlet.ServletContextInitializer;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Lazy;
import org.springframework.core.Ordered;
import org.springframework.core.env.ConfigurableEnvironment;

/**
 * Puts the filter in front of a Spring Boot application, made of the application's own beans where
 * it has them. The property {@code weir.enabled} switches it off.
 */
@AutoConfiguration(
    afterName = {
      // where each line makes the registry, which a condition below asks for
      "org.springframework.boot.actuate.autoconfigure.metrics.CompositeMeterRegistryAutoConfiguration",
      "org.springframework.boot.micrometer.metrics.autoconfigure.CompositeMeterRegistryAutoConfiguration"
    })
@ConditionalOnWebApplication(type = ConditionalOnWebApplication.Type.SERVLET)
class WeirAutoConfiguration {

  private static final String ENABLED = "weir.enabled";

  /**
   * Behind Spring's filters for the encoding, forwarded headers and observations, so that what is
   * refused shows in {@code http.server.requests}; in front of all others, those of Spring Security
   * among them.
   */
  private static final int DEFAULT_ORDER = Ordered.HIGHEST_PRECEDENCE + 10;

  /** In a WAR, where {@link dev.weir.servlet.WeirInitializer} is called as well. */
  @Bean
  @ConditionalOnProperty(name = ENABLED, havingValue = "false")
  ServletContextInitializer weirSwitchedOff() {
    return context -> context.setInitParameter(ENABLED, "false");
  }

  /** What is made unless it is switched off. */
  @org.springframework.context.annotation.Configuration(proxyBeanMethods = false)
  @ConditionalOnProperty(name = ENABLED, havingValue = "true", matchIfMissing = true)
  static class SwitchedOn {

    /** Lazy, so that an application with a filter of its own needs no configuration for this. */
    @Bean
    @Lazy
    @ConditionalOnMissingBean
    Weir weir(
        ConfigurableEnvironment environment,
        ObjectProvider<AccountDirectory> directory,
        ObjectProvider<ApiKeyResolver> keys,
        ObjectProvider<RateLimitListener> listeners,
        ObjectProvider<HazelcastInstance> hazelcast,
        ObjectProvider<DataSource> database) {
      Configuration configuration = new SpringSettings(environment).configuration();
      Weir.Builder builder = Weir.builder().configuration(configuration);
      directory.ifAvailable(builder::directory);
      keys.ifAvailable(builder::keys);
      listeners.orderedStream().forEach(builder::listener);
      boolean clustered = configuration.cluster().store() == ClusterSettings.Store.HAZELCAST;
      if (clustered && configuration.cluster().instance() == null) {
        hazelcast.ifAvailable(builder::hazelcast);
      }
      boolean kept =
          configuration.accountRules().inDatabase() || (clustered && configuration.countsCredits());
      if (kept && configuration.database().url() == null) {
        database.ifAvailable(builder::dataSource);
      }
      return builder.build();
    }

    @Bean
    @ConditionalOnMissingBean(
        value = RateLimitFilter.class,
        parameterizedContainer = FilterRegistrationBean.class)
    FilterRegistrationBean<RateLimitFilter> weirFilter(
        Weir weir, ConfigurableEnvironment environment) {
      var registration = new FilterRegistrationBean<>(new RateLimitFilter(weir));
      registration.setName("weir");
      registration.setOrder(environment.getProperty("weir.order", Integer.class, DEFAULT_ORDER));
      registration.setAsyncSupported(true);
      registration.setDispatcherTypes(
          EnumSet.of(
              DispatcherType.REQUEST,
              DispatcherType.FORWARD,
              DispatcherType.ASYNC,
              DispatcherType.ERROR));
      return registration;
    }

    /** The meters, where the application has a registry. */
    @org.springframework.context.annotation.Configuration(proxyBeanMethods = false)
    @ConditionalOnClass(MeterRegistry.class)
    static class Metrics {

      @Bean
      @ConditionalOnSingleCandidate(MeterRegistry.class)
      @ConditionalOnMissingBean
      RateLimitMetrics weirMetrics(MeterRegistry registry) {
        return new RateLimitMetrics(registry);
      }
    }
  }
}
