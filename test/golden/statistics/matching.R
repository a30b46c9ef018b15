# Matching and weighting references on lalonde: run `Rscript matching.R`, writes matching.json. Greedy matching is redone
# here by brute force over the whole distance matrix: Debian's MatchIt 4.5.1 does not give the nearest control.
suppressMessages({ library(sandwich); library(jsonlite) })
d <- read.csv("data/lalonde.csv"); d$race <- factor(d$race); out <- list()
f <- treat ~ age + educ + race + married + nodegree + re74 + re75
g <- glm(f, binomial, d, control = list(epsilon = 1e-14)); ps <- fitted(g)
for (on in c("score", "logit")) for (o in c("largest", "smallest", "data")) for (rep in c(FALSE, TRUE)) for (cal in c(NA, .2)) {
  x <- if (on == "score") ps else qlogis(ps); width <- if (is.na(cal)) Inf else cal * sd(x)
  t <- which(d$treat == 1); free <- which(d$treat == 0)
  queue <- switch(o, largest = t[order(-x[t])], smallest = t[order(x[t])], data = t); pairs <- NULL
  for (i in queue) {
    if (length(free) == 0) break
    gap <- abs(x[free] - x[i]); k <- which(gap <= min(gap) + 1e-14)[1]
    if (gap[k] > width) next
    pairs <- rbind(pairs, c(i, free[k])); if (!rep) free <- free[-k]
  }
  w <- rep(0, nrow(d)); w[pairs[, 1]] <- 1; tab <- table(pairs[, 2]); w[as.integer(names(tab))] <- as.vector(tab)
  after <- sapply(c("age", "re74"), function(v) {
    z <- d[[v]]; a <- d$treat == 1; F <- function(s) sapply(sort(unique(z)), function(q) sum(w[s & z <= q]) / sum(w[s])); e <- abs(F(a) - F(!a))
    c((weighted.mean(z[a], w[a]) - weighted.mean(z[!a], w[!a])) / sd(z[a]), mean(e), max(e))
  })
  out[[length(out) + 1]] <- list(on = on, order = o, replace = rep, caliper = cal, treated = as.character(pairs[, 1]), control = as.character(pairs[, 2]), after = unname(t(after)))
}
w <- list("iptw-ate" = ifelse(d$treat == 1, 1 / ps, 1 / (1 - ps)), "iptw-att" = ifelse(d$treat == 1, 1, ps / (1 - ps)), overlap = ifelse(d$treat == 1, 1 - ps, ps))
weighted <- lapply(w, function(x) { l <- lm(re78 ~ treat, d, weights = x); list(estimate = coef(l)[[2]], se = sqrt(vcovHC(l, "HC1")[2, 2])) })
write(toJSON(list(version = paste("R", getRversion(), "sandwich", packageVersion("sandwich")), matches = out, weighted = weighted), digits = NA, auto_unbox = TRUE, na = "null", pretty = TRUE), "matching.json")
