package com.example;

import java.util.List;
import java.util.Map;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.autoconfigure.SpringBootApplication;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.RestController;

@SpringBootApplication
@RestController
public class Orders {

  public static void main(String[] args) {
    SpringApplication.run(Orders.class, args);
  }

  @GetMapping("/v1/orders")
  Map<String, List<String>> orders() {
    return Map.of("orders", List.of("1", "2"));
  }
}
