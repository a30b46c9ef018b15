# Random awkward data sets and what other programs say of them: Rscript awkward.R SEED FOLDER writes FOLDER/awkward.json and
# FOLDER/data/awkward-*.csv. The committed reference is seed 1 in this folder; other seeds are for hunting.
suppressMessages({
  library(survival); library(sandwich); library(clubSandwich); library(nlme); library(lme4); library(geepack); library(metafor)
  library(cmprsk); library(jsonlite); library(pwr); library(rpact); library(Epi); library(survey)
})
source(file.path(dirname(sub("--file=", "", grep("--file=", commandArgs(), value = TRUE))), "write-json.R"))
args <- commandArgs(TRUE); seed <- as.integer(args[1]); folder <- args[2]
options(digits = 17, warn = 1, contrasts = c("contr.treatment", "contr.poly")); set.seed(seed)
`%||%` <- function(a, b) if (is.null(a)) b else a
dir.create(file.path(folder, "data"), FALSE, TRUE)
cases <- list()
ver <- function(p) paste0("R ", p, " ", packageVersion(p))
case <- function(name, oracle, data, spec, expect, tolerance = 1e-8) {
  expect <- lapply(expect, function(v) if (is.null(v) || length(v) == 0) NA else unname(v))
  cases[[length(cases) + 1]] <<- list(name = name, oracle = oracle, data = data, spec = spec, expect = expect, tolerance = tolerance)
}
try_case <- function(what, f) tryCatch(f(), error = function(e) message("skipped ", what, ": ", conditionMessage(e)))
put <- function(x, tag) { file <- sprintf("awkward-%s.csv", tag); write.csv(x, file.path(folder, "data", file), row.names = FALSE, quote = FALSE, na = ""); file }
term <- function(k) sub("^(f)(?=[abc]$)", "f=", sub("\\(Intercept\\)", "(intercept)", k), perl = TRUE)
rows <- function(scale, b, ...) {
  more <- list(...); out <- list()
  for (i in seq_along(b)) {
    t <- term(names(b)[i]); out[[paste0(t, "|", scale, "|estimate")]] <- b[[i]]
    for (e in names(more)) out[[paste0(t, "|", scale, "|", e)]] <- more[[e]][[i]]
  }
  out
}
exact <- function(f, ...) { g <- glm(..., control = list(epsilon = 1e-14, maxit = 100)); glm(..., start = coef(g), control = list(epsilon = 1e-16, maxit = 4)) }

# --- one clustered trial: sizes from 1 to many, a rare level, columns a million apart in scale, heavy weights, coarse times ---
G <- sample(c(8, 9, 14, 30, 60), 1)
sizes <- pmin(60, 1 + rgeom(G, sample(c(.05, .15, .4), 1)))
sizes[1:2] <- c(1, 2); if (sum(sizes) < 60) sizes <- sizes + 6
g <- rep(seq_len(G), sizes); n <- length(g)
armOf <- rep(0:1, length.out = G)[sample(G)]; arm <- armOf[g]
u <- rnorm(G, 0, sample(c(0, .3, 1), 1))[g]
big <- round(rnorm(n, 5e6, 1e6)); tiny <- signif(rnorm(n, 3, 1) * 1e-6, 6); x <- round(rnorm(n), 3)
f <- sample(c("a", "b", "c"), n, TRUE, c(.6, .32, .08)); f[sample(n, 3)] <- "c"
s <- sample(c("p", "q"), n, TRUE)
w <- round(exp(rnorm(n, 0, 1)), 3) + .001; iw <- as.numeric(sample(1:4, n, TRUE))
y <- signif(10 + .3 * arm + (big - 5e6) / 4e6 + .2 * x + .5 * (f == "b") + u + rnorm(n) * (1 + .5 * arm), 7)
d <- rbinom(n, 1, plogis(-.2 + .4 * arm + .3 * x + .3 * (f == "b") + u))
lat <- rexp(n, .1 * exp(-.3 * arm + .2 * x + .4 * u)); cens <- runif(n, 1, 25)
time <- pmax(.5, ceiling(2 * pmin(lat, cens)) / 2); event <- as.integer(lat <= cens)
cause <- ifelse(event == 1, sample(1:2, n, TRUE, c(.6, .4)), 0)
start <- pmax(0, floor(time - runif(n, .5, 12))); start[start >= time] <- 0
id <- seq_len(n)
D <- data.frame(id, g = paste0("g", g), arm, big, tiny, x, f, s, w, iw, y, d, time, event, cause, start)
file <- put(D, sprintf("%d-trial", seed)); D$f <- factor(D$f)
cov4 <- c("big", "tiny", "x", "f")
sp <- function(method, ...) c(list(method = method, arm = "arm", treated = "1"), list(...))
form <- function(lhs) as.formula(paste(lhs, "~ arm + big + tiny + x + f"))

models <- list(linear = lm(form("y"), D), logistic = try(exact(f, form("d"), binomial, D), TRUE), "modified-poisson" = try(exact(f, form("d"), poisson, D), TRUE))
for (m in names(models)) {
  fit <- models[[m]]; if (inherits(fit, "try-error") || any(abs(coef(fit)) > 1e8) || (m != "linear" && max(abs(coef(fit)[-c(3, 4)])) > 12)) next
  sc <- if (m == "linear") "identity" else "log"; out <- if (m == "linear") "y" else "d"; b <- coef(fit)
  own <- function(...) sp(m, outcome = out, covariates = cov4, cluster = "g", ...)
  for (t in c("HC0", "HC1", "HC2", "HC3")) try_case(t, function() case(paste(m, t), ver("sandwich"), file, own(vcov = t), rows(sc, b, se = sqrt(diag(vcovHC(fit, t))))))
  for (t in c("CR0", "CR1", "CR1S")) try_case(t, function() {
    se <- sqrt(diag(as.matrix(vcovCR(fit, cluster = D$g, type = t)))); q <- qt(.975, G - 1)
    case(paste(m, t), ver("clubSandwich"), file, own(vcov = t, df = "clusters-1"), rows(sc, b, se = se, p = 2 * pt(-abs(b / se), G - 1), lower = b - q * se, upper = b + q * se))
    z <- qnorm(.95); case(paste(m, t, "normal 90"), ver("clubSandwich"), file, own(vcov = t, df = "normal", level = .9), rows(sc, b, lower = b - z * se, upper = b + z * se))
  })
  wts <- if (m == "linear") rep(1, n) else weights(fit, "working")
  X <- model.matrix(fit) * sqrt(wts); zz <- (if (m == "linear") D$y else predict(fit, type = "link") + residuals(fit, "working")) * sqrt(wts)
  # the scale of a column is no concern of the oracle's: bring it to order one and carry the answer back
  k <- apply(abs(X), 2, max); flat <- lm(zz ~ 0 + I(sweep(X, 2, k, "/")))
  for (t in c("CR2", "CR3", "CR1")) try_case(t, function() {
    ct <- coef_test(flat, vcov = vcovCR(flat, cluster = D$g, type = t), test = "Satterthwaite")
    case(paste(m, t, "satterthwaite"), ver("clubSandwich"), file, own(vcov = t, df = "satterthwaite"), rows(sc, b, se = ct$SE / k, df = ct$df_Satt %||% ct$df, p = ct$p_Satt))
  })
}
lw <- lm(form("y"), D, weights = w)
for (t in c("HC0", "HC1", "HC2", "HC3")) case(paste("linear weighted", t), ver("sandwich"), file, sp("linear", outcome = "y", covariates = cov4, weights = "w", vcov = t), rows("identity", coef(lw), se = sqrt(diag(vcovHC(lw, t)))))
E <- transform(D, big = big / 1e6, tiny = tiny * 1e6); le <- lm(form("y"), E, weights = w); k <- c(1, 1, 1e6, 1e-6, rep(1, length(coef(le)) - 4))
for (t in c("CR0", "CR1", "CR1S", "CR2", "CR3")) try_case(t, function() {
  ct <- coef_test(le, vcov = vcovCR(le, cluster = D$g, type = t), test = "Satterthwaite")
  case(paste("linear weighted", t), ver("clubSandwich"), file, sp("linear", outcome = "y", covariates = cov4, weights = "w", cluster = "g", vcov = t, df = "satterthwaite"), rows("identity", coef(le) / k, se = ct$SE / k, df = ct$df_Satt %||% ct$df))
})
try_case("glm weights", function() {
  des <- svydesign(ids = ~id, weights = ~w, data = E); gw <- svyglm(d ~ arm + big + tiny + x + f, des, family = quasibinomial(), control = list(epsilon = 1e-14, maxit = 100))
  if (max(abs(coef(gw))) < 15) case("logistic weighted HC0", ver("survey"), file, sp("logistic", outcome = "d", covariates = cov4, weights = "w", vcov = "HC0"), rows("log", coef(gw) / k, se = sqrt(diag(vcov(gw)) * (n - 1) / n) / k))
  dg <- svydesign(ids = ~g, weights = ~w, data = E); gc <- svyglm(d ~ arm + big + tiny + x + f, dg, family = quasibinomial(), control = list(epsilon = 1e-14, maxit = 100))
  if (max(abs(coef(gc))) < 15) case("logistic weighted CR1", ver("survey"), file, sp("logistic", outcome = "d", covariates = cov4, weights = "w", cluster = "g", vcov = "CR1"), rows("log", coef(gc) / k, se = sqrt(diag(vcov(gc))) / k))
})
# two ways of clustering, crossed so that pairs of rows share both
D$h <- paste0("h", sample(7, n, TRUE)); file2 <- put(transform(D, f = as.character(f)), sprintf("%d-twoway", seed))
l2 <- lm(y ~ arm + x, D)
for (m in c("linear", "logistic")) try_case("two-way", function() {
  fit <- if (m == "linear") l2 else exact(f, d ~ arm + x, binomial, D)
  v <- vcovCL(fit, D[, c("g", "h")], type = "HC1"); if (any(diag(v) < 0)) return()
  # sandwich's own fix of a covariance that is not positive definite is off: the sum as it is
  case(paste(m, "two-way"), ver("sandwich"), file2, sp(m, outcome = if (m == "linear") "y" else "d", covariates = "x", cluster = c("g", "h"), vcov = "two-way"), rows(if (m == "linear") "identity" else "log", coef(fit), se = sqrt(diag(v))))
})
# --- g-computation ---
lg <- exact(f, d ~ arm + x + f, binomial, D)
if (max(abs(coef(lg))) < 12) for (est in c("ate", "att")) for (vc in c("classical", "HC1", "CR0", "CR2")) try_case("g-comp", function() {
  X <- model.matrix(lg)
  V <- switch(vc, classical = vcov(lg), HC1 = vcovHC(lg, "HC1"), CR0 = as.matrix(vcovCR(lg, cluster = D$g, type = "CR0")), CR2 = {
    wt <- weights(lg, "working"); Z <- X * sqrt(wt); zz <- (predict(lg) + residuals(lg, "working")) * sqrt(wt); as.matrix(vcovCR(lm(zz ~ 0 + Z), cluster = D$g, type = "CR2")) })
  keep <- if (est == "att") D$arm == 1 else rep(TRUE, n); X1 <- X0 <- X; X1[, "arm"] <- 1; X0[, "arm"] <- 0
  p1 <- plogis(drop(X1 %*% coef(lg))); p0 <- plogis(drop(X0 %*% coef(lg))); r1 <- mean(p1[keep]); r0 <- mean(p0[keep])
  g1 <- colMeans((p1 * (1 - p1) * X1)[keep, , drop = FALSE]); g0 <- colMeans((p0 * (1 - p0) * X0)[keep, , drop = FALSE])
  q <- qnorm(.975); o <- list(); sd <- function(gr) sqrt(drop(gr %*% V %*% gr))
  put3 <- function(t, sc, v, se, fn = identity) { o[[paste0(t, "|", sc, "|estimate")]] <<- fn(v); o[[paste0(t, "|", sc, "|lower")]] <<- fn(v - q * se); o[[paste0(t, "|", sc, "|upper")]] <<- fn(v + q * se) }
  put3("risk-difference", "identity", r1 - r0, sd(g1 - g0)); put3("risk-treated", "identity", r1, sd(g1)); put3("risk-control", "identity", r0, sd(g0))
  put3("risk-ratio", "ratio", log(r1 / r0), sd(g1 / r1 - g0 / r0), exp); put3("odds-ratio", "ratio", qlogis(r1) - qlogis(r0), sd(g1 / (r1 * (1 - r1)) - g0 / (r0 * (1 - r0))), exp)
  case(paste("g-computation", est, vc), if (vc == "HC1") ver("sandwich") else ver("clubSandwich"), file, sp("g-computation", outcome = "d", covariates = c("x", "f"), cluster = "g", vcov = vc, df = "normal", estimand = est), o)
})
# --- estimating equations and the random intercept ---
for (fam in c("binomial", "gaussian")) for (co in c("exchangeable", "independence")) try_case("gee", function() {
  ff <- if (fam == "binomial") d ~ arm + x + f else y ~ arm + x + f
  gg <- geeglm(ff, family = fam, data = transform(D, k = as.integer(factor(g, unique(g)))), id = k, corstr = co, control = geese.control(epsilon = 1e-13, maxit = 500))
  if (max(abs(coef(gg))) > 15) return()
  o <- rows(if (fam == "binomial") "log" else "identity", coef(gg), se = sqrt(diag(vcov(gg)))); if (co == "exchangeable") o[["$alpha"]] <- gg$geese$alpha
  case(paste("gee", fam, co), ver("geepack"), file, sp("gee", outcome = if (fam == "binomial") "d" else "y", family = fam, correlation = co, covariates = c("x", "f"), cluster = "g", df = "normal"), o, 1e-7)
})
# the restricted likelihood written out and maximised here: a second oracle, far beyond an optimiser's default tolerance
try_case("mixed", function() {
  X <- model.matrix(~ arm + x + f, D); yy <- D$y; p <- ncol(X); Z <- model.matrix(~ 0 + factor(g)); K <- tcrossprod(Z)
  reml <- function(lam) { V <- diag(n) + lam * K; Vi <- chol2inv(chol(V)); A <- t(X) %*% Vi %*% X; bb <- solve(A, t(X) %*% Vi %*% yy); r <- yy - X %*% bb; s2 <- drop(t(r) %*% Vi %*% r) / (n - p)
    list(v = (n - p) * log(s2) + determinant(V)$modulus[1] + determinant(A)$modulus[1], b = drop(bb), V = solve(A) * s2, s2 = s2, Vi = Vi) }
  slope <- function(lam) { q <- reml(lam); P <- q$Vi - q$Vi %*% X %*% solve(t(X) %*% q$Vi %*% X) %*% t(X) %*% q$Vi; Py <- P %*% yy; sum(P * K) - drop(t(Py) %*% K %*% Py) / q$s2 }
  if (slope(0) >= 0) { lam <- 0 } else lam <- uniroot(slope, c(0, 50), tol = 1e-14, extendInt = "upX")$root
  q <- reml(lam); names(q$b) <- colnames(X)
  o <- c(rows("identity", q$b, se = sqrt(diag(q$V))), list("$icc" = lam / (1 + lam), "$varianceComponents.residual" = q$s2))
  case("mixed-linear", paste(R.version.string, "REML by hand"), file, sp("mixed-linear", outcome = "y", covariates = c("x", "f"), cluster = "g", df = "normal"), o)
  if (lam > .01) { l <- lmer(y ~ arm + x + f + (1 | g), D, control = lmerControl(optimizer = "bobyqa", optCtrl = list(rhobeg = .01, rhoend = 1e-12))); sm <- summary(suppressMessages(lmerTest::as_lmerModLmerTest(l)))$coefficients
    case("mixed-linear satterthwaite", ver("lmerTest"), file, sp("mixed-linear", outcome = "y", covariates = c("x", "f"), cluster = "g"), rows("identity", setNames(sm[, "Estimate"], rownames(sm)), df = sm[, "df"]), 1e-3) }
})
# --- survival ---
at <- c(.25, 1, 3, 3.5, 8, 12)
km <- function(name, fit, spec) {
  o <- list(); s <- summary(fit, times = at); lev <- levels(s$strata) %||% "all"; st <- if (is.null(s$strata)) rep(1, length(s$time)) else as.integer(s$strata); tab <- rbind(summary(fit)$table)
  for (i in seq_along(s$time)) { key <- sprintf("$arms[%d].at[%d].", st[i] - 1, match(s$time[i], at) - 1)
    for (e in list(c("survival", "surv"), c("se", "std.err"), c("lower", "lower"), c("upper", "upper"))) { v <- s[[e[2]]][i]; o[[paste0(key, e[1])]] <- if (is.nan(v)) NA else v } }
  for (a in seq_len(nrow(tab))) for (e in list(c("median", "median"), c("medianLower", "0.95LCL"), c("medianUpper", "0.95UCL"))) o[[sprintf("$arms[%d].%s", a - 1, e[1])]] <- tab[a, e[2]]
  case(name, ver("survival"), file, spec, o, 1e-10)
}
ks <- function(...) list(method = "kaplan-meier", time = "time", event = "event", arm = "arm", at = at, ...)
try_case("km", function() km("kaplan-meier", survfit(Surv(time, event) ~ arm, D), ks()))
try_case("km one arm", function() km("kaplan-meier no arm", survfit(Surv(time, event) ~ 1, D), list(method = "kaplan-meier", time = "time", event = "event", at = at)))
try_case("km three arms", function() km("kaplan-meier three arms", survfit(Surv(time, event) ~ f, D), modifyList(ks(), list(arm = "f"))))
try_case("km cluster", function() km("kaplan-meier cluster", survfit(Surv(time, event) ~ arm, D, cluster = g, robust = TRUE), ks(cluster = "g", df = "normal")))
try_case("km weights", function() km("kaplan-meier weights", survfit(Surv(time, event) ~ arm, D, weights = w), ks(weights = "w")))
try_case("km whole weights", function() km("kaplan-meier whole weights", survfit(Surv(time, event) ~ arm, D, weights = iw, robust = FALSE), ks(weights = "iw")))
try_case("km weights cluster", function() km("kaplan-meier weights cluster", survfit(Surv(time, event) ~ arm, D, weights = w, cluster = g), ks(weights = "w", cluster = "g", df = "normal")))
try_case("km entry", function() km("kaplan-meier delayed entry", survfit(Surv(start, time, event) ~ arm, D), ks(start = "start")))
lr <- function(name, ff, ...) { q <- survdiff(ff, D); case(name, ver("survival"), file, list(method = "log-rank", time = "time", event = "event", ...), list("$chiSquare" = q$chisq, "$df" = length(q$n) - 1, "$p" = pchisq(q$chisq, length(q$n) - 1, lower.tail = FALSE)), 1e-9) }
lr("log-rank", Surv(time, event) ~ arm, arm = "arm"); lr("log-rank strata", Surv(time, event) ~ arm + strata(s, f), arm = "arm", strata = c("s", "f")); lr("log-rank three arms strata", Surv(time, event) ~ f + strata(s), arm = "f", strata = "s")
tau <- min(tapply(time, arm, max)); r <- summary(survfit(Surv(time, event) ~ arm, D), rmean = tau * .8)$table
case("rmst", ver("survival"), file, list(method = "rmst", time = "time", event = "event", arm = "arm", treated = "1", tau = tau * .8), list("difference|identity|estimate" = r[2, "rmean"] - r[1, "rmean"], "difference|identity|se" = sqrt(sum(r[, "se(rmean)"]^2))), 1e-10)
ctl <- coxph.control(eps = 1e-14, iter.max = 60, toler.chol = 1e-15)
cx <- function(name, ff, spec, weights = NULL, cluster = NULL, ties = "efron") try_case(name, function() {
  E <- E; E$.w <- if (is.null(weights)) rep(1, n) else D[[weights]]; E$.c <- if (is.null(cluster)) E$id else D[[cluster]]
  cl <- list(ff, data = E, ties = ties, control = ctl); if (!is.null(weights)) cl$weights <- quote(.w); if (!is.null(cluster)) cl$cluster <- quote(.c)
  fit <- do.call(coxph, cl); if (any(abs(coef(fit)) > 8)) return(); b <- coef(fit); kk <- ifelse(names(b) == "big", 1e6, ifelse(names(b) == "tiny", 1e-6, 1))
  z <- cox.zph(fit, terms = FALSE)$table
  o <- c(rows("log", b / kk, se = sqrt(diag(vcov(fit))) / kk), list("$logLikelihood" = fit$loglik[2]))
  for (i in seq_along(b)) o[[sprintf("$proportionalHazards.terms[%d].chiSquare", i - 1)]] <- z[i, 1]
  o[["$proportionalHazards.global.chiSquare"]] <- z["GLOBAL", 1]
  case(name, ver("survival"), file, c(spec, list(ties = ties), if (!is.null(weights)) list(weights = weights), if (!is.null(cluster)) list(cluster = cluster, vcov = "CR0")), o)
})
cs <- function(...) list(method = "cox", time = "time", event = "event", arm = "arm", ...)
for (ti in c("efron", "breslow")) {
  full <- Surv(time, event) ~ arm + big + tiny + x + f
  cx(paste("cox", ti), full, cs(covariates = cov4), ties = ti)
  cx(paste("cox cluster", ti), full, cs(covariates = cov4), cluster = "g", ties = ti)
  cx(paste("cox weights", ti), full, cs(covariates = cov4), weights = "w", ties = ti)
  cx(paste("cox whole weights", ti), full, cs(covariates = cov4), weights = "iw", ties = ti)
  cx(paste("cox weights cluster", ti), full, cs(covariates = cov4), weights = "w", cluster = "g", ties = ti)
  cx(paste("cox strata", ti), Surv(time, event) ~ arm + x + strata(f), cs(covariates = "x", strata = "f"), ties = ti)
  cx(paste("cox strata cluster weights", ti), Surv(time, event) ~ arm + x + strata(f, s), cs(covariates = "x", strata = c("f", "s")), weights = "w", cluster = "g", ties = ti)
  cx(paste("cox entry", ti), Surv(start, time, event) ~ arm + x + f, cs(covariates = c("x", "f"), start = "start"), ties = ti)
  cx(paste("cox entry strata weights cluster", ti), Surv(start, time, event) ~ arm + x + strata(s), cs(covariates = "x", strata = "s", start = "start"), weights = "w", cluster = "g", ties = ti)
}
aj <- function(name, ff, spec) try_case(name, function() {
  fit <- survfit(ff, D, id = id); q <- summary(fit, times = at); o <- list()
  for (i in seq_along(q$time)) { a <- if (is.null(q$strata)) 0 else as.integer(q$strata[i]) - 1; j <- match(q$time[i], at) - 1
    for (z in 1:2) { key <- sprintf("$arms[%d].causes[%d].at[%d].", a, z - 1, j); o[[paste0(key, "incidence")]] <- q$pstate[i, z + 1]; o[[paste0(key, "se")]] <- q$std.err[i, z + 1]
      if (q$pstate[i, z + 1] > 0) { o[[paste0(key, "lower")]] <- q$lower[i, z + 1]; o[[paste0(key, "upper")]] <- q$upper[i, z + 1] } } }
  case(name, ver("survival"), file, spec, o, 1e-9)
})
aj("aalen-johansen", Surv(time, factor(cause)) ~ arm, list(method = "aalen-johansen", time = "time", event = "cause", arm = "arm", at = at))
# survfit drops cluster where id is given: the jackknife is taken numerically, by the weight of each cluster in turn
try_case("aj cluster", function() {
  A <- D[D$arm == 0, ]; when <- at[at > min(A$time) & at <= max(A$time)]
  inc <- function(k, e) { A$.w <- 1 + e * (A$g == k); summary(survfit(Surv(time, factor(cause)) ~ 1, A, weights = .w, se.fit = FALSE, id = id), times = when)$pstate[, 2] }
  slope <- sapply(unique(A$g), function(k) { h <- function(e) (inc(k, e) - inc(k, -e)) / (2 * e); (4 * h(5e-4) - h(1e-3)) / 3 })
  v <- sqrt(rowSums(rbind(slope)^2)); o <- list(); for (j in seq_along(when)) o[[sprintf("$arms[0].causes[0].at[%d].se", match(when[j], at) - 1)]] <- v[j]
  case("aalen-johansen cluster", paste(ver("survival"), "numerical jackknife"), file, list(method = "aalen-johansen", time = "time", event = "cause", arm = "arm", cluster = "g", at = at), o, 1e-7)
})
aj("aalen-johansen entry", Surv(start, time, factor(cause)) ~ arm, list(method = "aalen-johansen", time = "time", event = "cause", arm = "arm", start = "start", at = at))
gr <- function(name, arm, strata = NULL, when = D$time, data = file) try_case(name, function() {
  q <- if (is.null(strata)) cuminc(when, D$cause, D[[arm]]) else cuminc(when, D$cause, D[[arm]], strata = D[[strata]])
  o <- list(); for (i in 1:2) { o[[sprintf("$gray[%d].chiSquare", i - 1)]] <- q$Tests[i, 1]; o[[sprintf("$gray[%d].df", i - 1)]] <- q$Tests[i, 3] }
  case(name, ver("cmprsk"), data, c(list(method = "aalen-johansen", time = "time", event = "cause", arm = arm, at = 3), if (!is.null(strata)) list(strata = strata)), o)
})
gr("gray", "arm"); gr("gray three arms", "f"); gr("gray strata", "arm", "s"); gr("gray three arms strata", "f", "s")
file3 <- put(data.frame(time = round(pmin(lat, cens) + id * 1e-5, 6), cause, arm, f = as.character(D$f)), sprintf("%d-untied", seed)); T3 <- read.csv(file.path(folder, "data", file3))$time
gr("gray untied", "arm", when = T3, data = file3)
fg <- function(name, X, spec, when = D$time, data = file, cause = 1, tol = 1e-7) try_case(name, function() {
  q <- crr(when, D$cause, X, failcode = cause, gtol = 1e-14, maxiter = 100); if (any(abs(q$coef) > 8)) return()
  case(name, ver("cmprsk"), data, c(list(method = "fine-gray", time = "time", event = "cause", cause = cause, arm = "arm"), spec), rows("log", q$coef, se = sqrt(diag(q$var))), tol)
})
X <- model.matrix(~ arm + x + f, D)[, -1]
fg("fine-gray", X, list(covariates = c("x", "f"))); fg("fine-gray cause 2", X, list(covariates = c("x", "f")), cause = 2)
fg("fine-gray untied", X[, c(1, 3, 4)], list(covariates = "f"), when = T3, data = file3)
# the weighted data of survival::finegray give the same coefficients
try_case("finegray", function() { z <- survival::finegray(Surv(time, factor(cause)) ~ ., data = transform(D[, c("id", "cause", "arm", "x", "f")], time = T3), etype = "1"); q <- coxph(Surv(fgstart, fgstop, fgstatus) ~ arm + f, z, weights = fgwt, ties = "breslow", control = ctl)
  if (all(abs(coef(q)) < 8)) case("fine-gray coefficients", ver("survival"), file3, list(method = "fine-gray", time = "time", event = "cause", cause = 1, arm = "arm", covariates = "f"), rows("log", coef(q))) })

# --- tables ---
try_case("mh", function() { tb <- table(factor(D$arm, 1:0), factor(D$d, 1:0), D$g); tb <- tb[, , apply(tb, 3, sum) > 1, drop = FALSE]; m0 <- mantelhaen.test(tb, correct = FALSE); m1 <- mantelhaen.test(tb)
  tb <- table(factor(D$arm, 1:0), factor(D$d, 1:0), D$f); m0 <- mantelhaen.test(tb, correct = FALSE); m1 <- mantelhaen.test(tb)
  case("mantel-haenszel", ver("stats"), file, sp("mantel-haenszel", outcome = "d", strata = "f"), list("odds-ratio|ratio|estimate" = m0$estimate, "odds-ratio|ratio|lower" = m0$conf.int[1], "odds-ratio|ratio|upper" = m0$conf.int[2], "$chiSquare" = m0$statistic, "$chiSquareCorrected" = m1$statistic), 1e-10) })
for (i in 1:12) {
  N <- sample(c(3, 7, 15, 40, 300, 5000), 2, TRUE); K <- c(rbinom(1, N[1], runif(1)), rbinom(1, N[2], runif(1)))
  A <- list(events = K[1], n = N[1]); B <- list(events = K[2], n = N[2]); p <- K / N; lev <- sample(c(.8, .9, .95, .99), 1); z <- qnorm(1 - (1 - lev) / 2)
  cse <- function(interval, lo, hi, oracle, tol = 1e-9) case(sprintf("two-proportions %s %d/%d %d/%d", interval, K[1], N[1], K[2], N[2]), oracle, NULL, list(method = "two-proportions", a = A, b = B, interval = interval, level = lev), list("risk-difference|identity|estimate" = p[1] - p[2], "risk-difference|identity|lower" = lo, "risk-difference|identity|upper" = hi), tol)
  ci <- sapply(1:2, function(j) suppressWarnings(prop.test(K[j], N[j], conf.level = lev, correct = FALSE)$conf.int))
  cse("newcombe", p[1] - p[2] - sqrt((p[1] - ci[1, 1])^2 + (ci[2, 2] - p[2])^2), p[1] - p[2] + sqrt((ci[2, 1] - p[1])^2 + (p[2] - ci[1, 2])^2), paste(ver("stats"), "Wilson"))
  # score intervals: the restricted likelihood maximised numerically, the statistic inverted by a root finder
  mle <- function(dl) { ll <- function(q) { a <- q + dl; s <- 0; for (v in list(c(K[1], N[1], a), c(K[2], N[2], q))) s <- s + (if (v[1] > 0) v[1] * log(v[3]) else 0) + (if (v[1] < v[2]) (v[2] - v[1]) * log1p(-v[3]) else 0); s }
    lo <- max(0, -dl); hi <- min(1, 1 - dl); sl <- function(q) { a <- q + dl; K[1] / a - (N[1] - K[1]) / (1 - a) + K[2] / q - (N[2] - K[2]) / (1 - q) }
    e <- 1e-13 * (hi - lo); s1 <- sl(lo + e); s2 <- sl(hi - e); if (!is.finite(s1) || s1 <= 0) lo else if (!is.finite(s2) || s2 >= 0) hi else uniroot(sl, c(lo + e, hi - e), tol = 1e-15)$root }
  sc <- function(dl, infl) { q <- mle(dl); a <- q + dl; v <- (a * (1 - a) / N[1] + q * (1 - q) / N[2]) * infl; if (v <= 0) NA else (p[1] - p[2] - dl) / sqrt(v) }
  dd <- p[1] - p[2]
  if (all(K > 0) && all(K < N)) for (iv in c("mee", "miettinen-nurminen")) try_case(iv, function() { infl <- if (iv == "mee") 1 else sum(N) / (sum(N) - 1)
    lo <- uniroot(function(q) sc(q, infl) - z, c(-1 + 1e-9, dd - 1e-9), tol = 1e-14)$root; hi <- uniroot(function(q) sc(q, infl) + z, c(dd + 1e-9, 1 - 1e-9), tol = 1e-14)$root; cse(iv, lo, hi, "R likelihood by hand", 1e-7) })
  cs0 <- suppressWarnings(prop.test(K, N, correct = FALSE)); cs1 <- suppressWarnings(prop.test(K, N))
  if (sum(K) > 0 && sum(K) < sum(N)) case(sprintf("two-proportions chi %d", i), ver("stats"), NULL, list(method = "two-proportions", a = A, b = B), list("$chiSquare" = cs0$statistic, "$p" = cs0$p.value, "$chiSquareCorrected" = cs1$statistic), 1e-9)
  if (all(K > 0) && all(K < N)) { t2 <- twoby2(rbind(c(K[1], N[1] - K[1]), c(K[2], N[2] - K[2])), print = FALSE)$measures
    case(sprintf("two-proportions ratios %d", i), ver("Epi"), NULL, list(method = "two-proportions", a = A, b = B), list("risk-ratio|ratio|estimate" = t2[1, 1], "risk-ratio|ratio|lower" = t2[1, 2], "risk-ratio|ratio|upper" = t2[1, 3], "odds-ratio|ratio|estimate" = t2[2, 1], "odds-ratio|ratio|lower" = t2[2, 2], "odds-ratio|ratio|upper" = t2[2, 3]), 1e-9) }
}
tt <- t.test(D$y[arm == 1], D$y[arm == 0], conf.level = .9)
case("welch", ver("stats"), file, sp("welch", outcome = "y", level = .9), list("difference|identity|estimate" = -diff(tt$estimate), "difference|identity|se" = tt$stderr, "difference|identity|df" = tt$parameter, "difference|identity|lower" = tt$conf.int[1], "difference|identity|upper" = tt$conf.int[2], "difference|identity|p" = tt$p.value), 1e-10)
mo <- function(v) list(n = length(v), sum = sum(v), sumSquares = sum(v^2))
case("welch moments", ver("stats"), NULL, list(method = "welch", a = mo(D$y[arm == 1]), b = mo(D$y[arm == 0]), level = .9), list("difference|identity|se" = tt$stderr, "difference|identity|df" = tt$parameter), 1e-9)
av <- anova(lm(y ~ factor(g), D)); kk <- G; n0 <- (n - sum(sizes^2) / n) / (kk - 1); F <- av$`F value`[1]; en <- sapply(c(.975, .025), function(q) { z <- F / qf(q, kk - 1, n - kk); (z - 1) / (z + n0 - 1) })
case("icc anova", ver("stats"), file, list(method = "icc", outcome = "y", cluster = "g"), list("$icc" = (av$`Mean Sq`[1] - av$`Mean Sq`[2]) / (av$`Mean Sq`[1] + (n0 - 1) * av$`Mean Sq`[2]), "icc|identity|lower" = en[1], "icc|identity|upper" = en[2], "$meanClusterSize" = mean(sizes), "$cvClusterSize" = sd(sizes) / mean(sizes)), 1e-9)
# the logistic random intercept: its likelihood by a fine trapezium, maximised on the log of the spread
try_case("icc logistic", function() {
  yy <- tapply(d, g, sum); nn <- tapply(d, g, length); uu <- seq(-9, 9, length.out = 4001); hh <- diff(uu)[1]; ph <- dnorm(uu)
  ll <- function(th) { eta <- th[1] + exp(th[2]) * uu; sum(mapply(function(a, b) log(sum(exp(a * eta - b * ifelse(eta > 30, eta, log1p(exp(eta)))) * ph) * hh), yy, nn)) }
  o <- optim(c(qlogis(mean(d)), -1), function(t) -ll(t), method = "BFGS", control = list(reltol = 1e-15, maxit = 500)); th <- o$par
  for (i in 1:6) { gr <- numDeriv::grad(ll, th); he <- numDeriv::hessian(ll, th); th <- th - solve(he, gr) }
  if (th[2] < -2.5) return(); v <- exp(2 * th[2]); r <- v / (v + pi^2 / 3); se <- sqrt(solve(-he)[2, 2]); q <- qlogis(r) + c(-1, 1) * qnorm(.975) * 2 * se
  case("icc logistic", paste(R.version.string, "likelihood by hand"), file, list(method = "icc", outcome = "d", cluster = "g", type = "unadjusted logistic"), list("$icc" = r), 1e-7)
  case("icc logistic interval", paste(R.version.string, "likelihood by hand"), file, list(method = "icc", outcome = "d", cluster = "g", type = "logistic"), list("icc|identity|lower" = plogis(q[1]), "icc|identity|upper" = plogis(q[2])), 1e-5)
})
yi <- round(rnorm(8, .1, sample(c(.02, .2), 1)), 3); si <- round(runif(8, .02, .4), 3); shrink <- sample(c(1, 1e-4, 1e4), 1)
for (m in c("DL", "REML", "FE")) for (kh in c(FALSE, TRUE)) try_case("meta", function() {
  if (m == "FE" && kh) return()
  ft <- rma(yi, sei = si, method = m, test = if (kh) "knha" else "z", control = list(threshold = 1e-15, maxiter = 5000, tau2.init = .05)); o <- list("pooled|identity|estimate" = ft$b[1] * shrink, "pooled|identity|se" = ft$se * shrink, "pooled|identity|lower" = ft$ci.lb * shrink, "$tau2" = ft$tau2 * shrink^2, "$i2" = ft$I2, "$q" = ft$QE)
  if (ft$tau2 < 1e-9) { ft <- rma(yi, sei = si, method = m, tau2 = 0, test = if (kh) "knha" else "z"); o[c("$tau2", "$i2")] <- 0; o[["pooled|identity|se"]] <- ft$se * shrink; o[["pooled|identity|lower"]] <- ft$ci.lb * shrink }
  if (m == "FE") o[["$i2"]] <- NULL else { pr <- predict(ft); o[["$predictionInterval.lower"]] <- pr$pi.lb * shrink }
  case(paste("meta", m, kh), ver("metafor"), NULL, list(method = "meta", estimates = yi * shrink, se = si * shrink, model = if (m == "FE") "fixed" else m, hartungKnapp = kh), o, 1e-7)
})
# --- power ---
p2 <- round(runif(1, .05, .6), 2); p1 <- p2 + round(runif(1, .03, .3), 2); n1 <- sample(30:600, 1); al <- sample(c(.01, .05, .1), 1)
for (sd in 1:2) { alt <- if (sd == 1) "one.sided" else "two.sided"
  case(paste("power proportions", sd), ver("stats"), NULL, list(method = "power", design = "proportions", a = p1, b = p2, alpha = al, sided = sd, n = 2 * n1), list("$power" = power.prop.test(n1, p1, p2, al, alternative = alt, strict = sd == 2)$power), 1e-9)
  case(paste("power means", sd), ver("stats"), NULL, list(method = "power", design = "means", a = 5 + p1, b = 5, sd = 1.7, alpha = al, sided = sd, n = 2 * n1), list("$power" = power.t.test(n1, p1, 1.7, al, alternative = alt, strict = sd == 2)$power), 1e-8)
  case(paste("power means pwr", sd), ver("pwr"), NULL, list(method = "power", design = "means", a = p1 / 1.7, b = 0, alpha = al, sided = sd, n = 2 * n1), list("$power" = pwr.t.test(n1, p1 / 1.7, al, alternative = if (sd == 1) "greater" else "two.sided")$power), 1e-8)
  case(paste("power n", sd), ver("stats"), NULL, list(method = "power", design = "means", a = p1, b = 0, sd = 1.7, alpha = al, sided = sd, power = .85), list("$nPerArmExact" = power.t.test(NULL, p1, 1.7, al, .85, alternative = alt, strict = sd == 2, tol = 1e-12)$n), 1e-7)
  case(paste("power mde", sd), ver("stats"), NULL, list(method = "power", design = "means", b = 0, sd = 1.7, alpha = al, sided = sd, power = .85, n = 2 * n1), list("$effect" = power.t.test(n1, NULL, 1.7, al, .85, alternative = alt, strict = sd == 2, tol = 1e-12)$delta), 1e-7)
  case(paste("power proportions n", sd), ver("stats"), NULL, list(method = "power", design = "proportions", a = p1, b = p2, alpha = al, sided = sd, power = .85), list("$nPerArmExact" = power.prop.test(NULL, p1, p2, al, .85, alternative = alt, strict = sd == 2, tol = 1e-12)$n), 1e-7)
}
m <- sample(5:60, 1); rho <- round(runif(1, .005, .2), 3); cv <- round(runif(1, 0, .9), 2); r0 <- round(runif(1, 0, .8), 2); de <- 1 + ((1 + cv^2) * m - 1) * rho
case("power cluster", ver("stats"), NULL, list(method = "power", design = "proportions", a = p1, b = p2, alpha = .05, power = .8, icc = rho, clusterSize = m, cv = cv, baselineCorrelation = r0), list("$designEffect" = de, "$clustersPerArm" = ceiling(power.prop.test(NULL, p1, p2, .05, .8, tol = 1e-12)$n * de * (1 - r0^2) / m)), 1e-9)
# stepped wedge by generalised least squares on cluster-period means, matrices written out
st <- sample(3:6, 1); per <- sample(1:4, 1); I <- st * per; TT <- st + 1
V <- (1 - rho) / m * diag(TT) + rho; W <- matrix(0, TT + 1, TT + 1)
for (i in 1:I) { Xi <- cbind(diag(TT), as.numeric(seq_len(TT) > ceiling(i / per))); W <- W + t(Xi) %*% solve(V) %*% Xi }
se <- sqrt(solve(W)[TT + 1, TT + 1]); case("power stepped wedge", paste(R.version.string, "least squares by hand"), NULL, list(method = "power", design = "stepped-wedge", steps = st, clusters = I, clusterSize = m, icc = rho, a = .3, b = 0, sd = 1, alpha = .05), list("$effectSe" = se, "$power" = pnorm(.3 / se - qnorm(.975)) + pnorm(-.3 / se - qnorm(.975))), 1e-9)

write_json(list(seed = seed, r = R.version.string, versions = lapply(sessionInfo()$otherPkgs, function(p) p$Version), cases = cases), file.path(folder, "awkward.json"))
cat(length(cases), "cases\n")
