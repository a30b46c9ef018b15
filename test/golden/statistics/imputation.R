# Multiple imputation by another implementation: Rscript imputation.R FOLDER writes FOLDER/imputation.json and
# FOLDER/data/imputation.csv. Rules of pooling to the digit (mice::pool.scalar), and a regression pooled over 400 completed
# sets (mice), whose estimates carry the error of so many draws. The matcher breaks ties anew for each row: mice's default
# shuffles once a turn, so that all rows predicted alike share five donors and their pooled errors come out too large.
suppressMessages(library(mice))
source(file.path(dirname(sub("--file=", "", grep("--file=", commandArgs(), value = TRUE))), "write-json.R"))
args <- commandArgs(TRUE); folder <- args[1]
options(digits = 17); set.seed(20261127)

rules <- lapply(1:6, function(i) {
  m <- c(2, 5, 20, 20, 50, 10)[i]; dfcom <- c(10, 25.5, 400, 8, 1e5, 60)[i]
  q <- rnorm(m, .3, c(.1, .02, .05, .2, .001, 1)[i]); se <- runif(m, .05, .09)
  p <- pool.scalar(q, se^2, n = dfcom + 1, k = 1)
  list(estimates = q, standardErrors = se, completeDf = dfcom, estimate = p$qbar, se = sqrt(p$t), df = p$df, missing = (1 + 1 / m) * p$b / p$t)
})

n <- 900; arm <- rep(0:1, length.out = n); need <- sample(c("N1", "N2", "N3"), n, TRUE, c(.5, .3, .2))
sex <- ifelse(runif(n) < plogis(.2 + .5 * (need == "N2")), "M", "F")
age <- pmin(17, pmax(0, round(8 + 3 * (need == "N3") - 2 * (sex == "M") + rnorm(n, 0, 3))))
event <- rbinom(n, 1, plogis(-2 + .12 * age - .5 * arm + .6 * (need == "N2") + .5 * (sex == "M")))
lose <- function(x, at) { x[runif(n) < plogis(at)] <- NA; x }
full <- data.frame(arm, age, sex, need, event)
gaps <- transform(full, age = lose(age, -1.6 + 1.2 * event + .4 * arm), sex = lose(sex, -1.8 + .8 * (event == 1)), need = lose(need, -2 + .06 * age))
write.csv(gaps, file.path(folder, "data", "imputation.csv"), row.names = FALSE, quote = FALSE)
with.factors <- transform(gaps, sex = factor(sex), need = factor(need))
made <- mice(with.factors, m = 400, maxit = 10, method = c("", "pmm", "logreg", "polyreg", ""), printFlag = FALSE, seed = 11, use.matcher = TRUE)
fit <- pool(with(made, lm(event ~ arm + age + sex + need)))
s <- fit$pooled
terms <- c("(intercept)", "arm", "age", "sex=M", "need=N2", "need=N3")
regression <- lapply(seq_along(terms), function(i) list(term = terms[i], estimate = s$estimate[i], se = sqrt(s$t[i]), between = s$b[i], missing = s$lambda[i]))
complete <- coef(lm(event ~ arm + age + sex + need, gaps))
write_json(list(versions = list(R = R.version.string, mice = as.character(packageVersion("mice"))), rules = rules, sets = 400, regression = regression, completeCases = unname(complete)), file.path(folder, "imputation.json"))
