# Reference values for the statistics engine, written to 17 digits. Run from this folder: Rscript reference.R
# Every case holds the specification as the command takes it, and the values R gives; no value comes from our own code.
suppressMessages({
  library(survival); library(sandwich); library(clubSandwich); library(lme4); library(geepack)
  library(metafor); library(rpact); library(cmprsk); library(jsonlite); library(lmtest)
})
source("write-json.R")
options(digits = 17)
set.seed(20240607)
cases <- list()
case <- function(name, oracle, data, spec, expect, tolerance = 1e-8)
  cases[[length(cases) + 1]] <<- list(name = name, oracle = oracle, data = data, spec = spec,
                                      expect = lapply(expect, function(v) if (is.null(v)) NA else unname(v)), tolerance = tolerance)
ver <- function(p) paste0("R ", p, " ", packageVersion(p))
put <- function(x, file) write.csv(x, file.path("data", file), row.names = FALSE, quote = FALSE)

# --- a cluster trial: 30 schools of unequal size, two of them with one pupil -------------------------------------
sizes <- c(1, 1, 2, 3, 5, 8, 12, 15, 20, 25, 30, 7, 9, 11, 14, 16, 18, 22, 24, 26, 4, 6, 10, 13, 17, 19, 21, 23, 28, 40)
school <- rep(seq_along(sizes), sizes)
n <- length(school)
arm <- ((school * 7) %% 2)
u <- round(rnorm(30, 0, .6), 3)[school]
age <- round(runif(n, 5, 17), 2)
kind <- sample(c("academy", "free", "maintained"), n, TRUE, c(.5, .2, .3))
year <- sample(2019:2024, n, TRUE)
w <- round(runif(n, .2, 3), 2)
y <- round(3 + .5 * arm - .1 * age + .4 * (kind == "free") + u + rnorm(n), 4)
d <- rbinom(n, 1, plogis(-.5 + .6 * arm - .05 * (age - 11) + u))
lat <- rexp(n, .08 * exp(-.4 * arm + .03 * (age - 11) + .5 * u))
cens <- runif(n, 2, 30)
time <- round(pmin(lat, cens) + .05, 1)
event <- as.integer(lat <= cens)
cause <- ifelse(event == 1, ifelse(runif(n) < .65, 1, 2), 0)
start <- round(pmax(0, time - runif(n, 1, 20)), 1); start[start >= time] <- 0
trial <- data.frame(id = 1:n, school = paste0("s", school), year, arm, age, kind, w, y, d, time, event, cause, start)
put(trial, "trial.csv")
trial$kind <- factor(trial$kind)
rows <- function(prefix, b, se, extra = list()) {
  out <- list()
  for (k in names(b)) {
    term <- sub("^kind", "kind=", sub("\\(Intercept\\)", "(intercept)", k))
    out[[paste0(term, "|", prefix, "|estimate")]] <- b[[k]]
    out[[paste0(term, "|", prefix, "|se")]] <- se[[k]]
    for (e in names(extra)) out[[paste0(term, "|", prefix, "|", e)]] <- extra[[e]][[k]]
  }
  out
}
base <- list(arm = "arm", treated = "1", covariates = c("age", "kind"), cluster = "school")
spec <- function(method, ...) modifyList(c(list(method = method), base), list(...))
run_models <- function(fit, method, outcome, scale, dat) {
  b <- as.list(coef(fit)); nm <- names(b)
  gaussian <- method == "linear"
  dfr <- df.residual(fit)
  if (method != "modified-poisson") {
    V <- vcov(fit); s <- sqrt(diag(V)); q <- if (gaussian) qt(.975, dfr) else qnorm(.975)
    p <- 2 * (if (gaussian) pt(-abs(coef(fit) / s), dfr) else pnorm(-abs(coef(fit) / s)))
    case(paste(method, "classical"), ver("base"), dat, spec(method, outcome = outcome, vcov = "classical"),
         rows(scale, b, as.list(s), list(lower = as.list(coef(fit) - q * s), upper = as.list(coef(fit) + q * s), p = as.list(p))))
  }
  for (t in c("HC0", "HC1", "HC2", "HC3")) {
    s <- sqrt(diag(vcovHC(fit, type = t)))
    case(paste(method, t), ver("sandwich"), dat, spec(method, outcome = outcome, vcov = t), rows(scale, b, as.list(s)))
  }
  for (t in c("CR0", "CR1", "CR1S")) {
    V <- vcovCR(fit, cluster = trial$school, type = t); s <- sqrt(diag(V))
    case(paste(method, t), ver("clubSandwich"), dat, spec(method, outcome = outcome, vcov = t, df = "clusters-1"),
         rows(scale, b, as.list(setNames(s, nm)), list(p = as.list(setNames(2 * pt(-abs(coef(fit) / s), 29), nm)))))
  }
  # CR2 and CR3 with the symmetric root on whitened rows: the same fit as least squares on those rows
  wts <- if (gaussian) rep(1, n) else weights(fit, "working")
  X <- model.matrix(fit) * sqrt(wts)
  z <- (if (gaussian) trial[[outcome]] else predict(fit, type = "link") + residuals(fit, "working")) * sqrt(wts)
  flat <- lm(z ~ 0 + X)
  for (t in c("CR2", "CR3")) {
    V <- vcovCR(flat, cluster = trial$school, type = t)
    ct <- coef_test(flat, vcov = V, cluster = trial$school, test = "Satterthwaite")
    case(paste(method, t, "satterthwaite"), ver("clubSandwich"), dat, spec(method, outcome = outcome, vcov = t, df = "satterthwaite"),
         rows(scale, b, as.list(setNames(ct$SE, nm)), list(df = as.list(setNames(ct$df_Satt %||% ct$df, nm)), p = as.list(setNames(ct$p_Satt, nm)))))
  }
}
`%||%` <- function(a, b) if (is.null(a)) b else a
lin <- lm(y ~ arm + age + kind, trial)
logi <- glm(d ~ arm + age + kind, binomial, trial, control = list(epsilon = 1e-14, maxit = 100))
pois <- glm(d ~ arm + age + kind, poisson, trial, control = list(epsilon = 1e-14, maxit = 100))
# R leaves the weights of the last step but one in a fit: start again at the answer to settle them
logi <- glm(d ~ arm + age + kind, binomial, trial, start = coef(logi), control = list(epsilon = 1e-16, maxit = 3))
pois <- glm(d ~ arm + age + kind, poisson, trial, start = coef(pois), control = list(epsilon = 1e-16, maxit = 3))
run_models(lin, "linear", "y", "identity", "trial.csv")
run_models(logi, "logistic", "d", "log", "trial.csv")
run_models(pois, "modified-poisson", "d", "log", "trial.csv")
linw <- lm(y ~ arm + age + kind, trial, weights = w)
for (t in c("HC0", "HC1", "HC2", "HC3"))
  case(paste("linear weighted", t), ver("sandwich"), "trial.csv", spec("linear", outcome = "y", weights = "w", vcov = t),
       rows("identity", as.list(coef(linw)), as.list(sqrt(diag(vcovHC(linw, type = t))))))
for (t in c("CR0", "CR1S"))
  case(paste("linear weighted", t), ver("clubSandwich"), "trial.csv", spec("linear", outcome = "y", weights = "w", vcov = t),
       rows("identity", as.list(coef(linw)), as.list(setNames(sqrt(diag(vcovCR(linw, cluster = trial$school, type = t))), names(coef(linw))))))
for (t in c("CR2", "CR3")) {
  ct <- coef_test(linw, vcov = vcovCR(linw, cluster = trial$school, type = t), test = "Satterthwaite")
  case(paste("linear weighted", t), ver("clubSandwich"), "trial.csv", spec("linear", outcome = "y", weights = "w", vcov = t),
       rows("identity", as.list(coef(linw)), as.list(setNames(ct$SE, names(coef(linw)))), list(df = as.list(setNames(ct$df_Satt %||% ct$df, names(coef(linw)))))))
}
case("linear two-way", ver("sandwich"), "petersen.csv", list(method = "linear", outcome = "y", covariates = "x", cluster = c("firm", "year"), vcov = "two-way"),
     { data(PetersenCL); put(transform(PetersenCL, x = signif(x, 12), y = signif(y, 12)), "petersen.csv")
       P <- read.csv("data/petersen.csv"); m <- lm(y ~ x, P)
       list("x|identity|estimate" = coef(m)[[2]], "x|identity|se" = sqrt(vcovCL(m, ~ firm + year, multi0 = TRUE)[2, 2])) })

# --- g-computation ---------------------------------------------------------------------------------------------------
gcomp <- function(V, att = FALSE) {
  X <- model.matrix(logi); X1 <- X; X1[, "arm"] <- 1; X0 <- X; X0[, "arm"] <- 0
  keep <- if (att) trial$arm == 1 else rep(TRUE, n)
  p1 <- plogis(X1 %*% coef(logi)); p0 <- plogis(X0 %*% coef(logi))
  r1 <- mean(p1[keep]); r0 <- mean(p0[keep])
  g1 <- colMeans((as.vector(p1 * (1 - p1)) * X1)[keep, ]); g0 <- colMeans((as.vector(p0 * (1 - p0)) * X0)[keep, ])
  q <- qnorm(.975); out <- list()
  grad <- list("risk-difference" = g1 - g0, "risk-ratio" = g1 / r1 - g0 / r0, "odds-ratio" = g1 / (r1 * (1 - r1)) - g0 / (r0 * (1 - r0)))
  val <- list("risk-difference" = r1 - r0, "risk-ratio" = log(r1 / r0), "odds-ratio" = qlogis(r1) - qlogis(r0))
  for (k in names(val)) {
    s <- sqrt(drop(t(grad[[k]]) %*% V %*% grad[[k]])); f <- if (k == "risk-difference") identity else exp
    sc <- if (k == "risk-difference") "identity" else "ratio"
    out[[paste0(k, "|", sc, "|estimate")]] <- f(val[[k]])
    out[[paste0(k, "|", sc, "|lower")]] <- f(val[[k]] - q * s); out[[paste0(k, "|", sc, "|upper")]] <- f(val[[k]] + q * s)
  }
  c(out, list("risk-treated|identity|estimate" = r1, "risk-control|identity|estimate" = r0))
}
for (att in c(FALSE, TRUE)) {
  est <- if (att) "att" else "ate"
  case(paste("g-computation", est, "classical"), ver("base"), "trial.csv", spec("g-computation", outcome = "d", vcov = "classical", estimand = est), gcomp(vcov(logi), att))
  case(paste("g-computation", est, "CR1"), ver("clubSandwich"), "trial.csv", spec("g-computation", outcome = "d", vcov = "CR1", df = "normal", estimand = est),
       gcomp(as.matrix(vcovCR(logi, cluster = trial$school, type = "CR1")), att))
}

# --- tables ------------------------------------------------------------------------------------------------------------
pt0 <- prop.test(c(56, 48), c(70, 80), correct = FALSE); pt1 <- prop.test(c(56, 48), c(70, 80))
case("two-proportions wald", ver("stats"), NULL, list(method = "two-proportions", a = list(events = 56, n = 70), b = list(events = 48, n = 80), interval = "wald"),
     list("risk-difference|identity|lower" = pt0$conf.int[1], "risk-difference|identity|upper" = pt0$conf.int[2], "$chiSquare" = pt0$statistic,
          "$chiSquareCorrected" = pt1$statistic, "$p" = pt0$p.value, "$pCorrected" = pt1$p.value), 1e-10)
ucb <- as.data.frame(UCBAdmissions)
long <- ucb[rep(seq_len(nrow(ucb)), ucb$Freq), 1:3]
put(data.frame(admitted = as.integer(long$Admit == "Admitted"), gender = long$Gender, dept = long$Dept), "ucb.csv")
mh1 <- mantelhaen.test(UCBAdmissions); mh0 <- mantelhaen.test(UCBAdmissions, correct = FALSE)
case("mantel-haenszel", ver("stats"), "ucb.csv", list(method = "mantel-haenszel", outcome = "admitted", arm = "gender", treated = "Male", strata = "dept"),
     list("odds-ratio|ratio|estimate" = mh1$estimate, "odds-ratio|ratio|lower" = mh1$conf.int[1], "odds-ratio|ratio|upper" = mh1$conf.int[2],
          "$chiSquareCorrected" = mh1$statistic, "$chiSquare" = mh0$statistic, "$p" = mh0$p.value, "$pCorrected" = mh1$p.value), 1e-10)
tt <- t.test(y ~ factor(1 - arm), trial)
case("welch", ver("stats"), "trial.csv", list(method = "welch", outcome = "y", arm = "arm", treated = 1),
     list("difference|identity|estimate" = tt$estimate[1] - tt$estimate[2], "difference|identity|se" = tt$stderr, "difference|identity|df" = tt$parameter,
          "difference|identity|p" = tt$p.value, "difference|identity|lower" = tt$conf.int[1], "difference|identity|upper" = tt$conf.int[2]), 1e-10)
cs <- chisq.test(c(1010, 950, 520), p = c(2, 2, 1) / 5)
case("srm", ver("stats"), NULL, list(method = "srm", observed = c(1010, 950, 520), expected = c(2, 2, 1)), list("$chiSquare" = cs$statistic, "$p" = cs$p.value, "$df" = 2), 1e-10)
pv <- c(.01, .02, .03, .04, .05, .001, .2, .7, .0004, .049)
for (m in c("holm", "hochberg", "bh", "bonferroni"))
  case(paste("multiplicity", m), ver("stats"), NULL, list(method = "multiplicity", p = pv, adjust = m), list("$adjusted" = p.adjust(pv, if (m == "bh") "BH" else m)), 1e-10)
a <- anova(lm(y ~ school, trial)); k <- 30; n0 <- (n - sum(sizes^2) / n) / (k - 1); F <- a$`F value`[1]
ends <- sapply(c(.975, .025), function(q) { f <- F / qf(q, k - 1, n - k); (f - 1) / (f + n0 - 1) })
case("icc anova", ver("stats"), "trial.csv", list(method = "icc", outcome = "y", cluster = "school"),
     list("$icc" = (a$`Mean Sq`[1] - a$`Mean Sq`[2]) / (a$`Mean Sq`[1] + (n0 - 1) * a$`Mean Sq`[2]), "icc|identity|lower" = ends[1], "icc|identity|upper" = ends[2],
          "$meanClusterSize" = mean(sizes), "$cvClusterSize" = sd(sizes) / mean(sizes)))
gl <- glmer(d ~ 1 + (1 | school), trial, binomial, nAGQ = 25, control = glmerControl(optimizer = "bobyqa", optCtrl = list(rhoend = 1e-10)))
v <- as.numeric(VarCorr(gl)$school)
case("icc logistic", ver("lme4"), "trial.csv", list(method = "icc", outcome = "d", cluster = "school", type = "logistic"), list("$icc" = v / (v + pi^2 / 3)), 2e-5)

# --- survival ---------------------------------------------------------------------------------------------------------
lung$dead <- lung$status - 1
put(lung[, c("inst", "time", "dead", "age", "sex", "ph.ecog", "ph.karno", "wt.loss")], "lung.csv")
km_case <- function(name, fit, dat, spec, at) {
  s <- summary(fit, times = at, extend = FALSE); tab <- summary(fit)$table; out <- list()
  arms <- unique(as.character(s$strata))
  for (i in seq_along(s$time)) {
    g <- match(s$strata[i], levels(s$strata)) - 1; j <- match(s$time[i], at) - 1
    key <- sprintf("$arms[%d].at[%d].", g, j)
    out[[paste0(key, "survival")]] <- s$surv[i]; out[[paste0(key, "se")]] <- s$std.err[i]
    out[[paste0(key, "lower")]] <- s$lower[i]; out[[paste0(key, "upper")]] <- s$upper[i]; out[[paste0(key, "atRisk")]] <- s$n.risk[i]
  }
  for (g in seq_len(nrow(tab))) {
    out[[sprintf("$arms[%d].median", g - 1)]] <- tab[g, "median"]
    out[[sprintf("$arms[%d].medianLower", g - 1)]] <- tab[g, "0.95LCL"]; out[[sprintf("$arms[%d].medianUpper", g - 1)]] <- tab[g, "0.95UCL"]
  }
  case(name, ver("survival"), dat, spec, out, 1e-10)
}
at <- c(100, 182, 365, 600)
km_case("kaplan-meier lung", survfit(Surv(time, dead) ~ sex, lung), "lung.csv", list(method = "kaplan-meier", time = "time", event = "dead", arm = "sex", at = at), at)
at <- c(2, 5.5, 12)
km_case("kaplan-meier cluster", survfit(Surv(time, event) ~ arm, trial, cluster = school, robust = TRUE), "trial.csv",
        list(method = "kaplan-meier", time = "time", event = "event", arm = "arm", cluster = "school", df = "normal", at = at), at)
km_case("kaplan-meier delayed entry", survfit(Surv(start, time, event) ~ arm, trial), "trial.csv",
        list(method = "kaplan-meier", time = "time", event = "event", arm = "arm", start = "start", at = at), at)
lr <- function(name, f, dat, spec, data) { s <- survdiff(f, data); case(name, ver("survival"), dat, spec, list("$chiSquare" = s$chisq, "$df" = length(s$n) - 1, "$p" = pchisq(s$chisq, length(s$n) - 1, lower.tail = FALSE)), 1e-10) }
lr("log-rank lung", Surv(time, dead) ~ sex, "lung.csv", list(method = "log-rank", time = "time", event = "dead", arm = "sex"), lung)
lr("log-rank stratified", Surv(time, event) ~ arm + strata(kind), "trial.csv", list(method = "log-rank", time = "time", event = "event", arm = "arm", strata = "kind"), trial)
lr("log-rank three arms", Surv(time, event) ~ kind, "trial.csv", list(method = "log-rank", time = "time", event = "event", arm = "kind"), trial)
rm <- summary(survfit(Surv(time, event) ~ arm, trial), rmean = 15)$table
case("rmst", ver("survival"), "trial.csv", list(method = "rmst", time = "time", event = "event", arm = "arm", treated = "1", tau = 15),
     list("difference|identity|estimate" = rm[2, "rmean"] - rm[1, "rmean"], "difference|identity|se" = sqrt(rm[1, "se(rmean)"]^2 + rm[2, "se(rmean)"]^2), "$arms[0].rmst" = rm[1, "rmean"]))
ctl <- coxph.control(eps = 1e-12, iter.max = 50, toler.chol = 1e-15)
cox_case <- function(name, fit, dat, spec, zph = TRUE) {
  robust <- !is.null(fit$naive.var)
  out <- rows("log", as.list(coef(fit)), as.list(setNames(sqrt(diag(vcov(fit))), names(coef(fit)))))
  if (zph) { z <- cox.zph(fit, terms = FALSE)$table; for (k in seq_along(coef(fit))) out[[sprintf("$proportionalHazards.terms[%d].chiSquare", k - 1)]] <- z[k, 1]
    out[["$proportionalHazards.global.chiSquare"]] <- z["GLOBAL", 1] }
  out[["$logLikelihood"]] <- fit$loglik[2]
  case(name, ver("survival"), dat, spec, out)
}
cs <- function(...) c(list(method = "cox", time = "time", event = "event", covariates = c("age", "kind"), arm = "arm"), list(...))
cox_case("cox efron", coxph(Surv(time, event) ~ arm + age + kind, trial, control = ctl), "trial.csv", cs())
cox_case("cox breslow", coxph(Surv(time, event) ~ arm + age + kind, trial, ties = "breslow", control = ctl), "trial.csv", cs(ties = "breslow"))
cox_case("cox strata", coxph(Surv(time, event) ~ arm + age + strata(kind), trial, control = ctl), "trial.csv", modifyList(cs(strata = "kind"), list(covariates = "age")))
cox_case("cox cluster", coxph(Surv(time, event) ~ arm + age + kind, trial, cluster = school, control = ctl), "trial.csv", cs(cluster = "school", vcov = "CR0"), FALSE)
cox_case("cox cluster breslow", coxph(Surv(time, event) ~ arm + age + kind, trial, cluster = school, ties = "breslow", control = ctl), "trial.csv", cs(cluster = "school", vcov = "CR0", ties = "breslow"), FALSE)
cox_case("cox cluster strata", coxph(Surv(time, event) ~ arm + age + strata(kind), trial, cluster = school, control = ctl), "trial.csv", modifyList(cs(strata = "kind", cluster = "school", vcov = "CR0"), list(covariates = "age")), FALSE)
cox_case("cox delayed entry", coxph(Surv(start, time, event) ~ arm + age + kind, trial, cluster = school, control = ctl), "trial.csv", cs(start = "start", cluster = "school", vcov = "CR0"), FALSE)
cox_case("cox weights", coxph(Surv(time, event) ~ arm + age + kind, trial, weights = w, cluster = school, control = ctl), "trial.csv", cs(weights = "w", cluster = "school", vcov = "CR0"), FALSE)
lc <- coxph(Surv(time, dead) ~ sex, lung, control = ctl)
cox_case("cox lung", lc, "lung.csv", list(method = "cox", time = "time", event = "dead", covariates = "sex"))
aj <- survfit(Surv(time, factor(cause)) ~ arm, trial, id = id)
s <- summary(aj, times = at); out <- list()
for (i in seq_along(s$time)) { g <- as.integer(s$strata[i]) - 1; j <- match(s$time[i], at) - 1
  for (q in 1:2) { key <- sprintf("$arms[%d].causes[%d].at[%d].", g, q - 1, j)
    out[[paste0(key, "incidence")]] <- s$pstate[i, q + 1]; out[[paste0(key, "se")]] <- s$std.err[i, q + 1] } }
case("aalen-johansen", ver("survival"), "trial.csv", list(method = "aalen-johansen", time = "time", event = "cause", arm = "arm", at = at), out)
ci <- cuminc(trial$time, trial$cause, trial$arm)
case("aalen-johansen gray", ver("cmprsk"), "trial.csv", list(method = "aalen-johansen", time = "time", event = "cause", arm = "arm", at = at),
     list("$gray[0].chiSquare" = ci$Tests[1, 1], "$gray[1].chiSquare" = ci$Tests[2, 1], "$gray[0].p" = ci$Tests[1, 2]), 1e-8)
X <- model.matrix(~ arm + age + kind, trial)[, -1]
fg <- crr(trial$time, trial$cause, X, failcode = 1, gtol = 1e-12, maxiter = 50)
case("fine-gray", ver("cmprsk"), "trial.csv", list(method = "fine-gray", time = "time", event = "cause", cause = 1, arm = "arm", covariates = c("age", "kind")),
     rows("log", as.list(fg$coef), as.list(setNames(sqrt(diag(fg$var)), names(fg$coef)))), 1e-7)

# --- correlated data -------------------------------------------------------------------------------------------------
gctl <- geese.control(epsilon = 1e-13, maxit = 200)
for (co in c("exchangeable", "independence")) for (fam in c("binomial", "gaussian")) {
  y0 <- if (fam == "binomial") "d" else "y"
  g <- geeglm(as.formula(paste(y0, "~ arm + age + kind")), family = fam, data = trial, id = as.integer(factor(school)), corstr = co, control = gctl)
  ex <- rows(if (fam == "binomial") "log" else "identity", as.list(coef(g)), as.list(setNames(sqrt(diag(vcov(g))), names(coef(g)))))
  if (co == "exchangeable") ex[["$alpha"]] <- g$geese$alpha
  case(paste("gee", fam, co), ver("geepack"), "trial.csv", spec("gee", outcome = y0, family = fam, correlation = co, df = "normal", vcov = "CR0"), ex, 1e-7)
}
lm1 <- lmer(y ~ arm + age + kind + (1 | school), trial, control = lmerControl(optimizer = "bobyqa", optCtrl = list(rhobeg = .01, rhoend = 1e-12)))
vc <- as.data.frame(VarCorr(lm1))$vcov
suppressMessages(lmt <- summary(lmerTest::as_lmerModLmerTest(lm1))$coefficients)
case("mixed-linear", ver("lme4"), "trial.csv", spec("mixed-linear", outcome = "y", df = "normal"),
     c(rows("identity", as.list(fixef(lm1)), as.list(setNames(sqrt(diag(as.matrix(vcov(lm1)))), names(fixef(lm1))))),
       list("$varianceComponents.cluster" = vc[1], "$varianceComponents.residual" = vc[2], "$icc" = vc[1] / sum(vc))), 1e-6)
case("mixed-linear satterthwaite", ver("lmerTest"), "trial.csv", spec("mixed-linear", outcome = "y", df = "satterthwaite"),
     list("arm|identity|df" = lmt["arm", "df"], "age|identity|df" = lmt["age", "df"], "(intercept)|identity|df" = lmt[1, "df"]), 1e-4)

# --- trials -----------------------------------------------------------------------------------------------------------
gs <- function(name, spec, type, alpha, sided, info, ...) {
  x <- getDesignGroupSequential(typeOfDesign = type, alpha = alpha, sided = sided, informationRates = info, ...)
  case(name, ver("rpact"), NULL, c(list(method = "group-sequential", alpha = alpha, sided = sided, information = info), spec),
       list("$z" = x$criticalValues, "$spent" = x$alphaSpent), 2e-6)
}
for (info in list(c(1, 2, 3) / 3, c(.2, .45, .8, 1), c(.5, 1))) for (sided in 1:2) {
  al <- if (sided == 1) .025 else .05; tag <- paste(length(info), "looks", sided)
  gs(paste("group-sequential asOF", tag), list(spending = "obrien-fleming"), "asOF", al, sided, info)
  gs(paste("group-sequential asP", tag), list(spending = "pocock"), "asP", al, sided, info)
  gs(paste("group-sequential asHSD", tag), list(spending = "hwang-shih-decani", gamma = -4), "asHSD", al, sided, info, gammaA = -4)
  gs(paste("group-sequential OF", tag), list(spending = "classic-obrien-fleming"), "OF", al, sided, info)
  gs(paste("group-sequential P", tag), list(spending = "classic-pocock"), "P", al, sided, info)
}
# more or fewer come than a study was for: alpha is spent at the shares as they were, looks are as alike as their children make them
times <- list(list("more came", c(300, 700, 1500) / 1500, c(.3, .7, 1)), list("fewer came", c(200, 400, 450) / 450, c(.2, .4, 1)))
spendings <- list("pocock" = function(a, t) a * log(1 + (exp(1) - 1) * t), "obrien-fleming" = function(a, t) 2 * pnorm(qnorm(a / 2) / sqrt(t)))
for (design in times) for (s in names(spendings)) for (sided in 1:2) {
  al <- if (sided == 1) .025 else .05
  gs(paste0("group-sequential ", s, ", ", design[[1]], " ", sided), list(spending = s, spendingTime = design[[3]]), "asUser", al, sided, design[[2]],
     userAlphaSpending = sided * spendings[[s]](al / sided, design[[3]]), kMax = 3)
}
yi <- c(.10, -.05, .32, .21, .02, .15, .4, -.11); sei <- c(.08, .11, .13, .07, .09, .2, .15, .1)
for (m in c("DL", "REML")) for (kh in c(FALSE, TRUE)) {
  f <- rma(yi, sei = sei, method = m, test = if (kh) "knha" else "z", control = list(threshold = 1e-14, maxiter = 1000)); pr <- predict(f)
  case(paste("meta", m, if (kh) "hartung-knapp" else "wald"), ver("metafor"), NULL,
       list(method = "meta", estimates = yi, se = sei, model = m, hartungKnapp = kh),
       list("pooled|identity|estimate" = f$b[1], "pooled|identity|se" = f$se, "pooled|identity|lower" = f$ci.lb, "pooled|identity|upper" = f$ci.ub,
            "$tau2" = f$tau2, "$i2" = f$I2, "$q" = f$QE, "$predictionInterval.lower" = pr$pi.lb, "$predictionInterval.upper" = pr$pi.ub))
}
pp <- power.prop.test(p1 = .3, p2 = .4, sig.level = .05, power = .8); pm <- power.t.test(delta = .3, sd = 1, sig.level = .05, power = .9)
case("power proportions n", ver("stats"), NULL, list(method = "power", design = "proportions", a = .4, b = .3, alpha = .05, power = .8), list("$nPerArmExact" = pp$n), 1e-4)
case("power proportions power", ver("stats"), NULL, list(method = "power", design = "proportions", a = .4, b = .3, alpha = .05, n = 500), list("$power" = power.prop.test(250, .3, .4, strict = TRUE)$power), 1e-8)
case("power means n", ver("stats"), NULL, list(method = "power", design = "means", a = .3, b = 0, sd = 1, alpha = .05, power = .9), list("$nPerArmExact" = pm$n), 1e-4)
case("power means power", ver("stats"), NULL, list(method = "power", design = "means", a = .3, b = 0, sd = 1, alpha = .05, n = 200), list("$power" = power.t.test(100, .3, strict = TRUE)$power), 1e-8)

write_json(list(versions = as.list(sapply(c("survival", "sandwich", "clubSandwich", "lme4", "lmerTest", "geepack", "metafor", "rpact", "cmprsk"), function(p) as.character(packageVersion(p)))),
                r = R.version.string, cases = cases), "reference.json")
# tails of the distributions
g <- function(f, ...) mapply(f, ...)
dist <- list(
  t = data.frame(t = c(0.1, 1, 2, 5, 10, 40, 3, 6, 1.5), df = c(1, 2.5, 7, 3.3, 30, 12, 200, 1e4, 0.7)),
  q = data.frame(p = c(.025, .005, .1, .49, 1e-6, .025, .3), df = c(1, 2.2, 4.7, 30, 8, 1000, .9)))
dist$t$upper <- with(dist$t, pt(t, df, lower.tail = FALSE)); dist$q$quantile <- with(dist$q, qt(p, df))
dist$z <- data.frame(z = c(0, 1, 2, 5, 8, 15, 30)); dist$z$upper <- pnorm(dist$z$z, lower.tail = FALSE)
dist$chi <- expand.grid(x = c(.01, 1, 5, 40, 200, 700), df = c(1, 2, 3, 6, 15)); dist$chi$upper <- with(dist$chi, pchisq(x, df, lower.tail = FALSE))
dist$f <- expand.grid(x = c(.1, 1, 4, 50), d1 = c(1, 3, 12), d2 = c(2, 20, 500)); dist$f$upper <- with(dist$f, pf(x, d1, d2, lower.tail = FALSE))
dist$f$quantile <- with(dist$f, qf(.975, d1, d2))
write(toJSON(dist, digits = NA, auto_unbox = TRUE, dataframe = "rows"), "distributions.json")
