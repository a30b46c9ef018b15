# What few clusters do to methods that are no regression: Rscript clusters.R SEED FOLDER writes FOLDER/clusters.json and
# FOLDER/data/clusters-*.csv. The committed reference is seed 1 in this folder. Derivatives are taken numerically, by weights.
suppressMessages({ library(survival); library(clubSandwich); library(geepack); library(jsonlite) })
source(file.path(dirname(sub("--file=", "", grep("--file=", commandArgs(), value = TRUE))), "write-json.R"))
args <- commandArgs(TRUE); seed <- as.integer(args[1]); folder <- args[2]
options(digits = 17, contrasts = c("contr.treatment", "contr.poly")); set.seed(seed)
dir.create(file.path(folder, "data"), FALSE, TRUE)
cases <- list()
ver <- function(p) paste0("R ", p, " ", packageVersion(p))
case <- function(name, oracle, data, spec, expect, tolerance = 1e-8)
  cases[[length(cases) + 1]] <<- list(name = name, oracle = oracle, data = data, spec = spec, expect = lapply(expect, unname), tolerance = tolerance)
put <- function(x, tag) { file <- sprintf("clusters-%d-%s.csv", seed, tag); write.csv(x, file.path(folder, "data", file), row.names = FALSE, quote = FALSE); file }

# --- survival: whole clusters in arms, of unequal size, ties, late entry, weights -------------------------------------
G <- sample(9:16, 1); sizes <- 3 + rgeom(G, .12); g <- rep(seq_len(G), sizes); n <- length(g)
armOf <- sample(rep(0:1, length.out = G)); arm <- armOf[g]; u <- rnorm(G, 0, .7)[g]
lat <- rexp(n, .12 * exp(-.4 * arm + u)); cens <- runif(n, 2, 22)
time <- ceiling(2 * pmin(lat, cens)) / 2; event <- as.integer(lat <= cens)
cause <- ifelse(event == 1, sample(1:2, n, TRUE, c(.6, .4)), 0)
start <- pmax(0, floor(time - runif(n, 1, 14))); start[start >= time] <- 0
w <- round(exp(rnorm(n, 0, .7)), 3) + .01
D <- data.frame(g = paste0("g", g), arm, time, event, cause, start, w, half = c("p", "q")[seq_len(n) %% 2 + 1])
file <- put(D, "survival"); D$row <- seq_len(n)
tau <- min(tapply(time, arm, max)) - .75
at <- c(1.5, 4, 7)
surv <- function(fit, t) { k <- findInterval(t, fit$time); if (k == 0) 1 else fit$surv[k] }
area <- function(rows, wt, late) {
  S <- if (late) Surv(D$start[rows], D$time[rows], D$event[rows]) else Surv(D$time[rows], D$event[rows])
  fit <- survfit(S ~ 1, weights = wt, se.fit = FALSE); keep <- fit$time < tau
  sum(diff(c(0, fit$time[keep], tau)) * c(1, fit$surv[keep]))
}
# d mean / d weight of one row, by central differences carried to the limit (Richardson)
slope <- function(f) { d <- function(h) (f(h) - f(-h)) / (2 * h); (4 * d(5e-4) - d(1e-3)) / 3 }
parts <- function(wt, late) {
  out <- numeric(n)
  for (a in 0:1) { rows <- which(D$arm == a); for (i in seq_along(rows)) out[rows[i]] <- wt[rows[i]] * slope(function(h) area(rows, wt[rows] * (1 + h * (seq_along(rows) == i)), late)) / wt[rows[i]] }
  out
}
few <- function(infl, wt) {
  # clusters freed of the pull of their arm's mean, and Satterthwaite's df from the covariance of their sums written out
  m <- tapply(wt, list(g, arm), sum); m[is.na(m)] <- 0; tot <- colSums(m); v <- tapply(infl^2, arm, sum) / tot
  s <- tapply(infl, list(g, arm), sum); s[is.na(s)] <- 0; f <- 1 / sqrt(1 - sweep(m, 2, tot, "/"))
  O <- matrix(0, G, G); for (a in 1:2) O <- O + v[a] * tcrossprod(f[, a]) * (diag(m[, a]) - tcrossprod(m[, a]) / tot[a])
  list(se = sqrt(sum(rowSums(f * s)^2)), df = sum(diag(O))^2 / sum(O^2), plain = sqrt(sum(tapply(infl, g, sum)^2)))
}
jack <- paste(ver("survival"), "numerical jackknife")
spec <- function(...) list(method = "rmst", time = "time", event = "event", arm = "arm", treated = "1", tau = tau, ...)
for (late in c(FALSE, TRUE)) for (weighted in c(FALSE, TRUE)) {
  wt <- if (weighted) w else rep(1, n); p <- parts(wt, late); signed <- ifelse(arm == 1, p, -p); r <- few(signed, wt)
  est <- area(which(arm == 1), wt[arm == 1], late) - area(which(arm == 0), wt[arm == 0], late)
  more <- c(if (late) list(start = "start"), if (weighted) list(weights = "w"))
  case(paste("rmst cluster CR0", if (late) "entry", if (weighted) "weights"), jack, file, do.call(spec, c(list(cluster = "g", vcov = "CR0", df = "normal"), more)),
       list("difference|identity|estimate" = est, "difference|identity|se" = r$plain), 1e-7)
  case(paste("rmst cluster", if (late) "entry", if (weighted) "weights"), paste(jack, "and matrices by hand"), file, do.call(spec, c(list(cluster = "g"), more)),
       list("difference|identity|se" = r$se, "difference|identity|df" = r$df, "difference|identity|lower" = est - qt(.975, r$df) * r$se), 1e-6)
  if (weighted && !late) case("rmst weights", jack, file, do.call(spec, more), list("difference|identity|estimate" = est, "difference|identity|se" = sqrt(sum(signed^2))), 1e-7)
}
km <- survfit(Surv(time, event) ~ arm, D, cluster = g, robust = TRUE); out <- list()
for (a in 0:1) { k <- km[a + 1]; df <- length(unique(g[arm == a])) - 1
  for (j in seq_along(at)) { i <- findInterval(at[j], k$time); se <- k$std.err[i] / (if (k$logse) 1 else k$surv[i])
    out[[sprintf("$arms[%d].at[%d].lower", a, j - 1)]] <- exp(log(k$surv[i]) - qt(.975, df) * se)
    out[[sprintf("$arms[%d].at[%d].se", a, j - 1)]] <- k$surv[i] * se } }
case("kaplan-meier few clusters", paste(ver("survival"), "with t"), file, list(method = "kaplan-meier", time = "time", event = "event", arm = "arm", at = at, cluster = "g"), out)
cx <- coxph(Surv(time, event) ~ arm, D, cluster = g, control = coxph.control(eps = 1e-14, toler.chol = 1e-16)); b <- coef(cx)[[1]]; se <- sqrt(cx$var[1])
case("cox few clusters CR0", paste(ver("survival"), "with t"), file, list(method = "cox", time = "time", event = "event", arm = "arm", cluster = "g", vcov = "CR0"),
     list("arm|log|estimate" = b, "arm|log|se" = se, "arm|log|p" = 2 * pt(-abs(b / se), G - 1), "arm|ratio|upper" = exp(b + qt(.975, G - 1) * se)))
# each cluster left out in turn, the model fitted again by coxph
left_out <- function(name, formula, more, ties = "efron", weighted = FALSE) {
  fit_of <- function(rows) { Z <- D[rows, ]; Z$wt <- if (weighted) Z$w else 1; coef(coxph(formula, Z, weights = wt, ties = ties, control = coxph.control(eps = 1e-14, toler.chol = 1e-16))) }
  b <- fit_of(seq_len(n)); shift <- sapply(unique(g), function(k) fit_of(which(g != k)) - b); V <- (length(unique(g)) - 1) / length(unique(g)) * tcrossprod(matrix(shift, nrow = length(b)))
  out <- list(); for (j in seq_along(b)) { out[[paste0(names(b)[j], "|log|estimate")]] <- b[[j]]; out[[paste0(names(b)[j], "|log|se")]] <- sqrt(V[j, j]) }
  out[["arm|log|lower"]] <- b[["arm"]] - qt(.975, length(unique(g)) - 1) * sqrt(V[names(b) == "arm", names(b) == "arm"]); if (length(b) > 1) out[["$vcov[0][1]"]] <- V[1, 2]
  case(paste("cox few clusters", name), paste(ver("survival"), "refitted without each cluster"), file, c(list(method = "cox", time = "time", event = "event", arm = "arm", cluster = "g", ties = ties), more), out)
}
left_out("plain", Surv(time, event) ~ arm, list())
left_out("breslow covariate", Surv(time, event) ~ arm + w, list(covariates = "w"), "breslow")
left_out("strata weights", Surv(time, event) ~ arm + strata(half), list(strata = "half", weights = "w"), weighted = TRUE)
left_out("entry strata covariate", Surv(start, time, event) ~ arm + w + strata(half), list(strata = "half", start = "start", covariates = "w"))

# --- estimating equations: bias-corrected covariances from matrices written out ---------------------------------------
G <- sample(8:14, 1); sizes <- 2 + rgeom(G, .15); k <- rep(seq_len(G), sizes); n <- length(k); arm <- sample(rep(0:1, length.out = G))[k]
x <- round(rnorm(n), 3); u <- rnorm(G, 0, .6)[k]; y <- round(1 + .4 * arm + .3 * x + u + rnorm(n), 4); d <- rbinom(n, 1, plogis(-.2 + .4 * arm + .3 * x + u))
E <- data.frame(k = paste0("k", k), arm, x, y, d); gfile <- put(E, "gee"); E$id <- k
power <- function(M, p) { e <- eigen(M); Re(e$vectors %*% diag(e$values^p, nrow(M)) %*% solve(e$vectors)) }
for (fam in c("binomial", "gaussian")) {
  o <- if (fam == "binomial") "d" else "y"
  fit <- geeglm(as.formula(paste(o, "~ arm + x")), family = fam, data = E, id = id, corstr = "exchangeable", control = geese.control(epsilon = 1e-14, maxit = 500))
  X <- model.matrix(fit); mu <- as.vector(fitted(fit)); a <- fit$geese$alpha; s <- if (fam == "binomial") sqrt(mu * (1 - mu)) else rep(1, n)
  V <- matrix(0, n, n); for (c in seq_len(G)) { i <- which(k == c); V[i, i] <- diag(s[i], length(i)) %*% (a + (1 - a) * diag(length(i))) %*% diag(s[i], length(i)) }
  Dm <- s^2 * X; M <- solve(t(Dm) %*% solve(V) %*% Dm); res <- E[[o]] - mu; IH <- diag(n) - Dm %*% M %*% t(Dm) %*% solve(V)
  for (type in c("CR0", "CR2", "CR3")) {
    meat <- 0; Q <- lapply(1:3, function(j) matrix(0, n, n))
    for (c in seq_len(G)) { i <- which(k == c); Hc <- diag(length(i)) - Dm[i, , drop = FALSE] %*% M %*% t(Dm[i, , drop = FALSE]) %*% solve(V[i, i])
      A <- if (type == "CR0") diag(length(i)) else power(Hc, if (type == "CR2") -.5 else -1)
      B <- t(Dm[i, , drop = FALSE]) %*% solve(V[i, i]) %*% A; sc <- B %*% res[i]; meat <- meat + sc %*% t(sc)
      for (j in 1:3) { v <- t(IH[i, , drop = FALSE]) %*% t((M %*% B)[j, , drop = FALSE]); Q[[j]] <- Q[[j]] + v %*% t(v) } }
    se <- sqrt(diag(M %*% meat %*% M)); df <- sapply(Q, function(q) { qv <- q %*% V; sum(diag(qv))^2 / sum(diag(qv %*% qv)) })
    sc <- if (fam == "binomial") "log" else "identity"; ex <- list("$alpha" = a); for (j in 1:3) { t <- c("(intercept)", "arm", "x")[j]; ex[[paste0(t, "|", sc, "|se")]] <- se[j]; ex[[paste0(t, "|", sc, "|estimate")]] <- coef(fit)[[j]]; if (type != "CR0") ex[[paste0(t, "|", sc, "|df")]] <- df[j] }
    case(paste("gee", fam, type), paste(ver("geepack"), "and matrices by hand"), gfile, list(method = "gee", family = fam, outcome = o, arm = "arm", treated = "1", covariates = "x", cluster = "k", vcov = type), ex, 1e-6)
  }
}

# --- difference in differences: every comparison as least squares on changes -----------------------------------------
G <- sample(12:18, 1); firstOf <- sample(c(0, 0, 3, 4), G, TRUE); firstOf[1:8] <- c(0, 0, 0, 0, 3, 3, 4, 4); size <- 2 + rgeom(G, .2)
unit <- seq_len(sum(size)); c0 <- rep(seq_len(G), size); P <- expand.grid(t = 1:5, unit = unit); P$c <- c0[P$unit]; P$first <- firstOf[P$c]
shock <- matrix(rnorm(G * 5, 0, .5), G); P$y <- round(P$unit %% 7 / 3 + .2 * P$t + .5 * (P$first > 0 & P$t >= P$first) + shock[cbind(P$c, P$t)] + rnorm(nrow(P)), 4)
pfile <- put(P, "panel"); wide <- reshape(P[c("unit", "t", "y")], idvar = "unit", timevar = "t", direction = "wide"); Y <- as.matrix(wide[, -1]); f <- firstOf[c0]
for (control in c("never", "not-yet")) { out <- list(); i <- 0
  for (gr in c(3, 4)) for (t in 2:5) { base <- if (t >= gr) gr - 1 else t - 1
    keep <- f == gr | f == 0 | (control == "not-yet" & f > t); z <- data.frame(dy = Y[keep, t] - Y[keep, base], tr = as.numeric(f[keep] == gr), c = c0[keep])
    m <- lm(dy ~ tr, z); ct <- coef_test(m, vcov = vcovCR(m, cluster = z$c, type = "CR2"), test = "Satterthwaite")["tr", ]
    if (min(length(unique(z$c[z$tr == 1])), length(unique(z$c[z$tr == 0]))) >= 2) { out[[sprintf("$attGt[%d].estimate", i)]] <- ct$beta; out[[sprintf("$attGt[%d].se", i)]] <- ct$SE; out[[sprintf("$attGt[%d].df", i)]] <- ct[[intersect(c("df_Satt", "df"), names(ct))[1]]] }
    i <- i + 1 }
  case(paste("did few clusters", control), ver("clubSandwich"), pfile, list(method = "did", outcome = "y", unit = "unit", time = "t", firstTreated = "first", cluster = "c", control = control), out, 1e-8) }

write_json(list(seed = seed, r = R.version.string, versions = lapply(sessionInfo()$otherPkgs, function(p) p$Version), cases = cases), file.path(folder, "clusters.json"))
cat(length(cases), "cases\n")
