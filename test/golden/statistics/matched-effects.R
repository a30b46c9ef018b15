# Effects on matched and weighted lalonde: run `Rscript matched-effects.R`, writes matched-effects.json. Two-way covariance by
# cluster and matched pair (sandwich::vcovCL), with and without an outcome model; and levels that one arm
# alone has, where R's fit runs towards the limit that the score has without them.
suppressMessages({ library(sandwich); library(jsonlite) })
d <- read.csv("data/lalonde.csv"); d$race <- factor(d$race)
g <- glm(treat ~ age + educ + race + married + nodegree + re74 + re75, binomial, d, control = list(epsilon = 1e-14))
x <- fitted(g); width <- .2 * sd(x); free <- which(d$treat == 0); pairs <- NULL
for (i in which(d$treat == 1)[order(-x[d$treat == 1])]) {
  gap <- abs(x[free] - x[i]); k <- which(gap <= min(gap) + 1e-14)[1]
  if (gap[k] > width) next
  pairs <- rbind(pairs, c(i, free[k])); free <- free[-k]
}
m <- d[c(pairs[, 1], pairs[, 2]), ]; m$pair <- rep(seq_len(nrow(pairs)), 2)
twoway <- function(f) {
  l <- lm(f, m)
  v <- vcovCL(l, cluster = ~ educ + pair, type = "HC1", cadjust = TRUE)
  list(estimate = coef(l)[["treat"]], se = sqrt(v["treat", "treat"]))
}
plain <- twoway(re78 ~ treat)
model <- twoway(re78 ~ treat + age + educ + race + married + nodegree + re74 + re75)
# every seventh control is of site c, every ninth treated of site t: nobody of the other arm is
n <- seq_len(nrow(d)); d$site <- ifelse(d$treat == 0 & n %% 7 == 0, "c", ifelse(n %% 2 == 0, "a", "b"))
limit <- function(use) {
  e <- d; if (use == "overlap") e$site[e$treat == 1 & n %% 9 == 0] <- "t"
  p <- fitted(suppressWarnings(glm(treat ~ age + educ + site, binomial, e, control = list(epsilon = 1e-15, maxit = 60))))
  e$w <- if (use == "overlap") ifelse(e$treat == 1, 1 - p, p) else ifelse(e$treat == 1, 1, p / (1 - p))
  e <- e[e$w > 1e-8, ]; l <- lm(re78 ~ treat, e, weights = w)
  list(n = nrow(e), estimate = coef(l)[[2]], se = sqrt(vcovHC(l, "HC1")[2, 2]))
}
out <- list(version = paste("R", getRversion(), "sandwich", packageVersion("sandwich")), plain = plain, model = model, att = limit("att"), overlap = limit("overlap"))
write(toJSON(out, digits = NA, auto_unbox = TRUE, pretty = TRUE), "matched-effects.json")
