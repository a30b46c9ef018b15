# Enumerated references for methods that resample or balance: every statistic by brute force, one lm per arrangement.
# Rscript resampling.R SEED FOLDER writes FOLDER/resampling.json and FOLDER/data/resampling-*.csv; the committed seed is 1.
source(file.path(dirname(sub("--file=", "", grep("--file=", commandArgs(), value = TRUE))), "write-json.R"))
args <- commandArgs(TRUE); seed <- as.integer(args[1]); folder <- args[2]
suppressMessages({ library(coin); library(MatchIt) }); set.seed(seed); dir.create(file.path(folder, "data"), FALSE, TRUE); cases <- list()
case <- function(name, oracle, data, spec, expect, tolerance = 1e-8) cases[[length(cases) + 1]] <<- list(name = name, oracle = oracle, data = data, spec = spec, expect = lapply(expect, unname), tolerance = tolerance)
put <- function(x, tag) { file <- sprintf("resampling-%d-%s.csv", seed, tag); write.csv(x, file.path(folder, "data", file), row.names = FALSE, quote = FALSE); file }
ours <- paste(R.version.string, "by enumeration")
# the end of {shift: p(shift) > alpha} on one side, by a fine scan outward from the estimate and bisection of the first fall
end <- function(p, from, side, width, alpha) {
  inside <- from; step <- width / 40
  for (i in 1:4000) { outside <- inside + side * step; if (p(outside) <= alpha) break; inside <- outside }
  if (p(outside) > alpha) return(NA)
  for (i in 1:60) { mid <- (inside + outside) / 2; if (p(mid) > alpha) inside <- mid else outside <- mid }
  (inside + outside) / 2
}
# --- wild cluster bootstrap, all 2^G sign patterns, the null imposed ---
wild <- function(tag, G, arms) {
  size <- sample(2:15, G, TRUE); g <- rep(seq_len(G), size); n <- length(g); arm <- arms(g, n); x <- round(rnorm(n), 2)
  y <- round(2 + .8 * arm + .3 * x + rnorm(G, 0, .5)[g] + rnorm(n), 3); file <- put(data.frame(y, arm, x, g), tag)
  X <- cbind(1, arm, x); k <- 2; A <- solve(crossprod(X)); f <- G / (G - 1)
  tstat <- function(Y, null) { b <- A %*% t(X) %*% Y; r <- drop(Y - X %*% b); s <- rowsum(X * r, g); V <- f * A %*% crossprod(s) %*% A; (b[k] - null) / sqrt(V[k, k]) }
  signs <- as.matrix(expand.grid(rep(list(c(1, -1)), G)))
  p <- function(null) {
    Z <- X[, -k]; yy <- y - null * X[, k]; fit <- drop(Z %*% solve(crossprod(Z), crossprod(Z, yy))); e <- yy - fit; own <- abs(tstat(y, null))
    star <- apply(signs, 1, function(v) abs(tstat(fit + e * v[g] + null * X[, k], null))); c(mean(star >= own * (1 - 1e-9)), mean(star > own * (1 + 1e-9)))
  }
  b <- drop(A %*% t(X) %*% y)[k]; se <- abs(b / tstat(y, 0)); q <- function(d) p(d)[1]
  case(paste("wild-bootstrap", tag), ours, file, list(method = "wild-bootstrap", outcome = "y", arm = "arm", treated = "1", covariates = "x", cluster = "g", draws = 2^G), list("$p" = p(0)[1], "$pExcludingTies" = p(0)[2], "arm|identity|estimate" = b, "arm|identity|se" = se, "arm|identity|lower" = end(q, b, -1, se, .05), "arm|identity|upper" = end(q, b, 1, se, .05)), 1e-7)
}
wild("wild-whole", 9, function(g, n) as.numeric(g %% 2 == 0)); wild("wild-within", 7, function(g, n) rbinom(n, 1, .5)); wild("wild-uneven", 8, function(g, n) as.numeric(g > 4))
# --- permutation, all arrangements of rows or whole clusters within strata ---
perm <- function(tag, n, strata, clusters, statistic, offset = 0) {
  st <- if (strata) rep(1:2, length.out = n)[order(runif(n))] else rep(1, n); arm <- rep(0, n); for (s in unique(st)) { w <- which(st == s); arm[sample(w, ceiling(length(w) / 2))] <- 1 }
  if (clusters) { size <- sample(1:5, n, TRUE); u <- rep(seq_len(n), size) } else u <- seq_len(n)
  y <- round(offset + rnorm(length(u)) + .9 * arm[u] + (if (clusters) rnorm(n, 0, .5)[u] else 0), 3); file <- put(data.frame(y, arm = arm[u], s = st[u], u = u), tag)
  all <- list(integer(0)); for (s in unique(st)) { w <- which(st == s); cb <- combn(length(w), sum(arm[w]), simplify = FALSE); all <- unlist(lapply(all, function(a) lapply(cb, function(i) c(a, w[i]))), FALSE) }
  stat <- function(Y, t) { a <- seq_len(n) %in% t; m <- tapply(Y, u, mean)
    if (statistic == "mean-difference") mean(Y[a[u]]) - mean(Y[!a[u]]) else if (statistic == "cluster-mean-difference") mean(m[a]) - mean(m[!a]) else (mean(m[a]) - mean(m[!a])) / sqrt(var(m[a]) / sum(a) + var(m[!a]) / sum(!a)) }
  p <- function(d) { Y <- y - offset - d * arm[u]; own <- abs(stat(Y, which(arm == 1))); mean(sapply(all, function(t) abs(stat(Y, t))) >= own - 1e-9) }
  b <- stat(y, which(arm == 1)); if (statistic == "studentised") { m <- tapply(y, u, mean); b <- mean(m[arm == 1]) - mean(m[arm == 0]) }
  spec <- c(list(method = "permutation", outcome = "y", arm = "arm", treated = "1", statistic = statistic), if (strata) list(strata = "s"), if (clusters) list(cluster = "u"))
  case(paste("permutation", tag), ours, file, spec, list("$p" = p(0), "$arrangements" = length(all), "arm|identity|estimate" = b, "arm|identity|lower" = end(p, b, -1, sd(y), .05), "arm|identity|upper" = end(p, b, 1, sd(y), .05)), 1e-7)
  if (!clusters && statistic == "mean-difference") { d <- data.frame(y = y - offset, a = factor(arm), s = factor(st)); z <- if (strata) NULL else pvalue(oneway_test(y ~ a, d, distribution = "exact"))
    if (!is.null(z)) case(paste("permutation", tag, "coin"), paste("R coin", packageVersion("coin")), file, spec, list("$p" = as.numeric(z))) }
}
perm("perm-rows", 12, FALSE, FALSE, "mean-difference"); perm("perm-strata", 12, TRUE, FALSE, "mean-difference"); perm("perm-clusters", 11, FALSE, TRUE, "mean-difference")
perm("perm-cluster-means", 12, TRUE, TRUE, "cluster-mean-difference"); perm("perm-studentised", 10, FALSE, TRUE, "studentised"); perm("perm-offset", 11, FALSE, FALSE, "mean-difference", 1e7)
# --- entropy balancing: the dual maximised by Newton's method here; moments and weights ---
n <- 150; x1 <- round(rnorm(n), 3); x2 <- round(rexp(n) * 1e5); k <- sample(c("a", "b", "c"), n, TRUE); arm <- rbinom(n, 1, plogis(-.8 + .5 * x1)); y <- round(x1 + arm + rnorm(n), 3)
file <- put(data.frame(id = 1:n, arm, x1, x2, k, y), "entropy"); M <- cbind(x1, x2 / 1e5, k == "b", k == "c"); M <- sweep(M, 2, colMeans(M[arm == 1, ])); C <- M[arm == 0, ]; l <- rep(0, 4)
for (i in 1:60) { w <- exp(drop(C %*% l)); w <- w / sum(w); gr <- colSums(w * C); H <- t(C) %*% (w * C) - tcrossprod(gr); l <- l - solve(H, gr) }
W <- rep(1, n); W[arm == 0] <- w * sum(arm)
op <- optim(rep(0, 4), function(l) log(sum(exp(C %*% l))), function(l) { w <- exp(drop(C %*% l)); colSums(w * C) / sum(w) }, method = "BFGS", control = list(reltol = 1e-16, maxit = 1000)); w2 <- exp(drop(C %*% op$par)); stopifnot(max(abs(w2 / sum(w2) - w)) < 1e-6)
case("entropy weights", paste(R.version.string, "dual by hand"), file, list(method = "propensity", id = "id", arm = "arm", treated = "1", covariates = c("x1", "x2", "k"), use = "entropy", outcome = "y"), list("$weights" = W, "$effectiveSampleSize.control" = 1 / sum(w^2), "arm|identity|estimate" = mean(y[arm == 1]) - sum(w * y[arm == 0])))
# --- weights from the score, and balance as MatchIt defines it (binary spread p(1-p)) ---
g <- glm(arm ~ x1 + x2 + k, binomial, control = list(epsilon = 1e-14)); ps <- fitted(g)
for (use in c("iptw-ate", "iptw-att", "overlap")) {
  W <- switch(use, "iptw-ate" = ifelse(arm == 1, 1 / ps, 1 / (1 - ps)), "iptw-att" = ifelse(arm == 1, 1, ps / (1 - ps)), overlap = ifelse(arm == 1, 1 - ps, ps))
  sdOf <- function(v, s) if (all(v %in% 0:1)) sqrt(mean(v[s]) * (1 - mean(v[s]))) else sd(v[s])
  o <- list("$weights" = W); tm <- list(x1 = x1, x2 = x2, "k=a" = as.numeric(k == "a"), "k=b" = as.numeric(k == "b"), "k=c" = as.numeric(k == "c"))
  for (i in seq_along(tm)) { v <- tm[[i]]; sp <- if (use == "iptw-att") sdOf(v, arm == 1) else sqrt((sdOf(v, arm == 1)^2 + sdOf(v, arm == 0)^2) / 2)
    wm <- function(a) weighted.mean(v[arm == a], W[arm == a]); wv <- function(a) { w <- W[arm == a]; w <- w / sum(w); sum(w * (v[arm == a] - wm(a))^2) / (1 - sum(w^2)) }
    o[[sprintf("$balance[%d].before.smd", i - 1)]] <- (mean(v[arm == 1]) - mean(v[arm == 0])) / sp; if (use != "overlap") o[[sprintf("$balance[%d].after.smd", i - 1)]] <- (wm(1) - wm(0)) / sp
    if (i < 3) { o[[sprintf("$balance[%d].after.varianceRatio", i - 1)]] <- wv(1) / wv(0); o[[sprintf("$balance[%d].before.varianceRatio", i - 1)]] <- var(v[arm == 1]) / var(v[arm == 0]) } }
  for (a in 0:1) o[[paste0("$effectiveSampleSize.", c("control", "treated")[a + 1])]] <- sum(W[arm == a])^2 / sum(W[arm == a]^2)
  case(paste("propensity", use), R.version.string, file, list(method = "propensity", id = "id", arm = "arm", treated = "1", covariates = c("x1", "x2", "k"), use = use), o)
}
s <- summary(matchit(arm ~ x1 + x2 + k, data.frame(arm, x1, x2, k), method = NULL, distance = "glm"))$sum.all; nm <- c(x1 = 0, x2 = 1, ka = 2, kb = 3, kc = 4); o <- list()
for (v in names(nm)) { o[[sprintf("$balance[%d].before.smd", nm[[v]])]] <- s[v, "Std. Mean Diff."]; o[[sprintf("$balance[%d].before.ecdfMean", nm[[v]])]] <- s[v, "eCDF Mean"]; o[[sprintf("$balance[%d].before.ecdfMax", nm[[v]])]] <- s[v, "eCDF Max"] }
case("balance before", paste("R MatchIt", packageVersion("MatchIt")), file, list(method = "propensity", id = "id", arm = "arm", treated = "1", covariates = c("x1", "x2", "k"), use = "iptw-att"), o)
write_json(list(seed = seed, r = R.version.string, cases = cases), file.path(folder, "resampling.json")); cat(length(cases), "cases\n")
