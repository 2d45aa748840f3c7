job "api" {
  task "api" {
    config {
      image   = "acme/job:1.3.0"
      command = "serve"
      ports   = ["http:80"]
    }
  }
}
