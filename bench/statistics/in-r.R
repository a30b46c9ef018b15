# The same questions in R, timed: Rscript in-r.R data.csv; prints one line a question, "name seconds".
suppressMessages({library(survival); library(sandwich); library(clubSandwich)})
data <- read.csv(commandArgs(TRUE)[1])
x <- paste0("x", 1:10, collapse = " + ")
timed <- function(name, work) cat(name, system.time(work())[["elapsed"]], "\n")
timed("logistic", function() {
  fit <- glm(as.formula(paste("d ~ arm +", x)), binomial, data)
  vcovCL(fit, data$family)
})
timed("cox", function() coxph(as.formula(paste("Surv(time, event) ~ arm +", x, "+ cluster(family)")), data))
timed("cr2", function() {
  fit <- lm(as.formula(paste("y ~ arm +", x)), data)
  coef_test(fit, vcovCR(fit, data$family, "CR2"), test = "Satterthwaite")
})
timed("km", function() summary(survfit(Surv(time, event) ~ arm, data), times = c(100, 365)))
