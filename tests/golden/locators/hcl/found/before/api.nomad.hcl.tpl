job "api" {
  task "api" {
    config {
      image   = "acme/job:1.2.0"
      command = "serve"
      ports   = ["http:80"]
    }
  }
}
